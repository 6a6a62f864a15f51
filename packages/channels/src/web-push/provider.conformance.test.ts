import webPush from 'web-push';
import { testProvider } from '../conformance.ts';
import { createDevice } from '../far-end/device.ts';
import { startScriptedHttps, type ScriptedHttps } from '../testing/https-script.ts';
import { outgoingPush } from '../testing/outgoing.ts';
import { createWebPushProvider } from './provider.ts';

const vapid = { ...webPush.generateVAPIDKeys(), subject: 'mailto:ops@herald.example' };
const device = createDevice();
let server: ScriptedHttps;

testProvider('Web Push', {
  async server() {
    server = await startScriptedHttps({
      accept: () => ({ status: 201, headers: { location: `${server.url}/message/1` } }),
      'refuse-for-now': { status: 503 },
      'refuse-for-good': { status: 410 },
    });
    return server;
  },
  create: ({ url, ...options }) =>
    createWebPushProvider({
      name: 'web-push',
      vapid,
      privateHosts: [{ host: new URL(url).host, ca: server.ca }],
      ...options,
    }),
  outgoing: (messageId, url) => outgoingPush(`${url}/push/1`, device, { messageId }),
});
