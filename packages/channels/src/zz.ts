import { createTransport } from 'nodemailer';
import { composeMime } from '/work/main/packages/channels/src/mime.ts';
const t = createTransport({ name:'x', version:'1', send(mail: any, cb: any) { mail.message.getEnvelope(); cb(null, {}); } } as any, { disableFileAccess: true, disableUrlAccess: true });
const raw = 'x'.repeat(3000);
for (const mode of ['string','object','object2']) for (let k=0;k<3;k++){ const n=30000; const t0=process.cpuUsage(); for (let i=0;i<n;i++) { const env: any = mode==='string' ? { from:'a@ex.com', to:['u'+i+'@ex.com'], size: 3 } : mode==='object'? { from:{address:'a@ex.com',name:''}, to:[{name:'',address:'u'+i+'@ex.com'}], size:3} : false; await new Promise<void>((r) => t.sendMail({ ...(env ? {envelope: env} : {from:'a@ex.com', to:'b@ex.com'}), raw, messageId:'<a@b>' }, () => r())); } const u=process.cpuUsage(t0); console.log(mode, ((u.user+u.system)/n).toFixed(1)); }
