import { refusals } from '../refusals/zh'
import type { Words } from '../words.svelte'

export const texts: Words = {
  again: '重试',
  back: '返回',
  cancel: '取消',
  close: '关闭',
  copied: '已复制',
  copy: '复制',
  done: '完成',
  language: '语言',
  loading: '正在加载',
  more: '显示更多',
  save: '保存',
  search: '搜索',
  skip: '跳到正文',
  offline: '没有网络连接，没有发送任何内容。',
  odd: '这里出了点问题，原因不明，请重试。',
  theme: '外观',
  themeAuto: '跟随设备',
  themeLight: '浅色',
  themeDark: '深色',
  you: '你',
  house: '平台',
  refusals,
}
