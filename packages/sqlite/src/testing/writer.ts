import { OpenError, openDatabase } from '../index.ts';

/**
 * A process of its own: `writer.ts FILE [COUNT]`. Eight writers add notes and print each one's body when its promise
 * has resolved. With a count it ends by closing the file and printing what the thread counted. A file that is refused
 * makes it print why.
 */
const [file = '', count = 'Infinity'] = process.argv.slice(2);
const database = await openDatabase({ file, modules: [new URL('./notes.ts', import.meta.url)] }).catch(
  (error: unknown) => {
    if (!(error instanceof OpenError)) throw error;
    process.stdout.write(`refused: ${error.code}\n`);
    process.exit(1);
  },
);
let begun = 0;

async function write(): Promise<void> {
  while (begun < Number(count)) {
    begun += 1;
    const body = `note ${begun}`;
    await database.call('notes.add', body);
    process.stdout.write(`${body}\n`);
  }
}

process.stdout.write('open\n');
await Promise.all(Array.from({ length: 8 }, write));
process.stdout.write(`${JSON.stringify(await database.stats())}\n`);
await database.close();
