// A shop on the official `alipay-sdk` for Node: one call a line of JSON in, one outcome a line out.
import { createInterface } from 'node:readline';
import { AlipaySdk } from 'alipay-sdk';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const keys = JSON.parse((await lines.next()).value);
const certificates = keys.app_cert && {
  appCertContent: keys.app_cert,
  alipayPublicCertContent: keys.alipay_cert,
  alipayRootCertContent: keys.alipay_root_cert,
};
const sdk = new AlipaySdk({
  appId: keys.app_id,
  privateKey: keys.app_private_key,
  alipayPublicKey: keys.alipay_public_key,
  gateway: keys.gateway,
  signType: keys.sign_type ?? 'RSA2',
  camelcase: false,
  ...certificates,
});

async function run(call, given) {
  if (call === 'checkNotifySignV2') return sdk.checkNotifySignV2(given);
  const [page, name] = call.includes(':') ? call.split(':') : [null, call];
  const { notify_url: notifyUrl, return_url: returnUrl, ...bizContent } = given;
  const params = { bizContent };
  if (notifyUrl) params.notifyUrl = notifyUrl;
  if (returnUrl) params.returnUrl = returnUrl;
  if (page) return sdk.pageExecute(name, page, params);
  return sdk.exec(name, params, { validateSign: true });
}

for await (const line of lines) {
  const [call, given] = JSON.parse(line);
  let outcome;
  try {
    outcome = { result: await run(call, given) };
  } catch (error) {
    outcome = { error: error.message };
  }
  console.log(JSON.stringify(outcome));
}
