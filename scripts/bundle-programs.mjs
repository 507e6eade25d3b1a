// bundle-programs.mjs: makes dist/trace-hub and dist/pkt-tracer of what the compiler left in dist: each program, and each of
// its threads, with its libraries and those packages that have hundreds of modules. Why: docs/adr/0049-bundled-programs.md.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { asWritten, withLines } from './lib/as-written.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** ES modules by the hundred, or many small files; nothing outside of the bundle loads them as well. */
const inside =
  /^(@nestjs\/(common|core|microservices|platform-fastify|swagger|mapped-types)|apache-arrow|diff|es-toolkit|rxjs|tslib)(\/|$)/;
/** By what a module names another one that is no package. */
const ours = /^[#./]|^\0/;

/** @returns the modules that are started: the program, and what `new Worker(new URL('./NAME.js'))` names */
function entries(app) {
  const source = join(root, 'dist/apps', app, 'src');
  const threads = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('-thread.js'))
    .map((file) => [file.replace(/^.*\//, '').replace(/\.js$/, ''), join(source, file)]);
  return { main: join(source, 'main.js'), ...Object.fromEntries(threads) };
}

for (const app of ['trace-hub', 'pkt-tracer']) {
  const dir = join(root, 'dist', app);
  // what is older would be loaded by nobody, and taken for a part of it
  rmSync(dir, { recursive: true, force: true });
  const bundle = await rolldown({
    cwd: root,
    input: entries(app),
    platform: 'node',
    ...asWritten,
    external: (id) => !ours.test(id) && !inside.test(id),
    resolve: { conditionNames: ['node', 'import', 'default'] },
  });
  await bundle.write({
    dir,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    sourcemap: true,
    // Nest and the API's document know classes by their names
    keepNames: true,
    ...withLines,
  });
  await bundle.close();
}
