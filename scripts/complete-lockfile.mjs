// npm leaves a platform's optional package out of the lockfile when the registry that it asked does not have it, and
// `npm ci` then refuses the lockfile everywhere. This adds such packages by name, version and platform.
// Run it after every `npm install`: node scripts/complete-lockfile.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const systems = ['darwin', 'linux', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'ppc64', 's390x', 'x64'];

const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const { packages } = lockfile;

for (const [place, { optionalDependencies = {}, dev }] of Object.entries(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const key = `node_modules/${name}`;
    if (packages[key] || packages[`${place}/${key}`]) continue;
    const words = name.split(/[/-]/);
    const os = words.filter((word) => systems.includes(word));
    const cpu = words.filter((word) => processors.includes(word));
    packages[key] = { version, cpu, ...(dev ? { dev } : {}), optional: true, os };
    console.log(`added ${name} ${version}`);
  }
}

const [root, ...rest] = Object.entries(packages);
rest.sort(([a], [b]) => (a < b ? -1 : 1));
lockfile.packages = Object.fromEntries([root, ...rest]);
writeFileSync('package-lock.json', `${JSON.stringify(lockfile, null, 2)}\n`);
