import { openDatabase } from './database.js';

const [directory = '/tmp/visor-bench-query', rows = '1000000'] = process.argv.slice(2);
const tell = (text: string): void => console.error(`  ${text}`);
const db = await openDatabase(directory, Number(rows), false, tell);
console.log(db.contents);
await db.store.close();
process.exit(0);
