"""What the protocol says when it says no: `code`, `msg`, `sub_code`, `sub_msg`.

Source: the open platform's table of public return codes (opendocs, "公共错误码") and the tables of
business codes of each method. `code` and `msg` go together; `sub_code` names the fault.
"""

from __future__ import annotations

from dataclasses import dataclass

MESSAGES = {
    "10000": "Success",
    "20000": "Service Currently Unavailable",
    "20001": "Insufficient Token Permissions",
    "40001": "Missing Required Arguments",
    "40002": "Invalid Arguments",
    "40003": "Insufficient Conditions",
    "40004": "Business Failed",
    "40005": "Call Limited",
    "40006": "Insufficient Permissions",
}

_PUBLIC = {
    "isp.unknow-error": ("20000", "服务暂不可用"),
    "aop.unknow-error": ("20000", "系统繁忙，请稍后重试"),
    "aop.invalid-app-auth-token": ("20001", "无效的应用授权令牌"),
    "isv.missing-method": ("40001", "缺少方法名参数"),
    "isv.missing-signature": ("40001", "缺少签名参数"),
    "isv.missing-signature-type": ("40001", "缺少签名类型参数"),
    "isv.missing-app-id": ("40001", "缺少appId参数"),
    "isv.missing-timestamp": ("40001", "缺少时间戳参数"),
    "isv.missing-version": ("40001", "缺少版本参数"),
    "isv.missing-signature-config": ("40002", "验签出错, 未配置对应签名算法的公钥或者证书"),
    "isv.invalid-parameter": ("40002", "参数无效"),
    "isv.invalid-method": ("40002", "不存在的方法名"),
    "isv.invalid-format": ("40002", "无效的数据格式"),
    "isv.invalid-signature-type": ("40002", "无效的签名类型"),
    "isv.invalid-signature": ("40002", "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配"),
    "isv.invalid-encrypt-type": ("40002", "无效的加密类型"),
    "isv.invalid-app-id": ("40002", "无效的AppID参数"),
    "isv.invalid-timestamp": ("40002", "非法的时间戳参数"),
    "isv.invalid-charset": ("40002", "字符集错误"),
    "isv.invalid-content-type": ("40002", "无效的content-type"),
    "isv.illegal-json": ("40002", "biz_content不是合法的JSON"),
    "isv.missing-alipay-root-cert-sn": ("40001", "缺少支付宝根证书序列号"),
    "isv.invalid-alipay-root-cert-sn": ("40002", "支付宝根证书序列号不正确"),
    "isv.app-cert-not-exist": ("40002", "应用公钥证书不存在"),
    "isv.app-cert-expired": ("40002", "应用公钥证书已经不在有效期内"),
    "isv.alipay-cert-not-exist": ("40002", "支付宝公钥证书不存在"),
    "isv.app-call-limited": ("40005", "应用调用次数超限"),
    "isv.insufficient-isv-permissions": ("40006", "ISV权限不足"),
}


@dataclass(unsafe_hash=True)
class Fault(Exception):
    """An answer that is not a success; raised anywhere behind the gateway, answered by it."""

    code: str
    sub_code: str
    sub_msg: str

    def node(self) -> dict[str, str]:
        """The four fields as they stand in the response."""
        return {
            "code": self.code,
            "msg": MESSAGES[self.code],
            "sub_code": self.sub_code,
            "sub_msg": self.sub_msg,
        }


def public(sub_code: str, detail: str = "") -> Fault:
    """A fault of the protocol itself; `detail` follows the documented sentence."""
    code, sentence = _PUBLIC[sub_code]
    return Fault(code, sub_code, f"{sentence}：{detail}" if detail else sentence)


def business(sub_code: str, sentence: str, code: str = "40004") -> Fault:
    """A fault of one method's business, such as `ACQ.TRADE_NOT_EXIST`."""
    return Fault(code, sub_code, sentence)
