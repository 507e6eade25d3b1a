// Reads a ClickHouse directory that nobody has open. Argument: { directory, query }. Prints what the query answers.
import { Session } from 'chdb';

const { directory, query } = JSON.parse(process.argv[2]);
const session = new Session(directory);
process.stdout.write(session.query(query, 'TabSeparated').toString());
session.close();
