import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const programs = ['prometheus', 'promtool'];
/** All that there is in the PATH, so that a Prometheus of this machine is not. */
const tools = 'bash sh cat cp dpkg dpkg-deb env flock id mkdir mv rm sed tail tar touch'.split(' ');
/** Without them there is no such package, and no way to unpack one. */
const hasDpkg = existsSync('/usr/bin/dpkg-deb');

let directory: string;
let bin: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'visor-install-'));
  bin = join(directory, 'bin');
  mkdirSync(bin);
  for (const tool of tools) symlinkSync(join('/usr/bin', tool), join(bin, tool));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function put(path: string, script: string): void {
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

/** A package that has the programs, and scripts that would be seen to run. */
function makePackage(): string {
  const tree = join(directory, 'tree');
  for (const folder of ['DEBIAN', 'usr/bin']) mkdirSync(join(tree, folder), { recursive: true });
  const fields = [
    'Package: prometheus',
    'Version: 1',
    'Architecture: all',
    'Maintainer: t',
    'Description: t',
  ];
  writeFileSync(join(tree, 'DEBIAN/control'), `${fields.join('\n')}\n`);
  for (const name of ['preinst', 'postinst']) put(join(tree, 'DEBIAN', name), `touch ${directory}/ran`);
  for (const name of programs) put(join(tree, 'usr/bin', name), 'echo it runs');
  const file = join(directory, 'prometheus_1_all.deb');
  execFileSync('dpkg-deb', ['--build', '--root-owner-group', tree, file]);
  return file;
}

/** Stands for apt-get of a machine that has no package lists until they are fetched; it writes down what it is asked for. */
function putApt(file: string): void {
  put(
    join(bin, 'apt-get'),
    `echo "$1" >>${directory}/asked
case $1 in
  update) touch ${directory}/lists ;;
  download) if [ -e ${directory}/lists ]; then cp ${file} .; else echo 'E: Unable to locate package' >&2; exit 100; fi ;;
esac`,
  );
}

const asked = (): string[] => {
  const file = join(directory, 'asked');
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
};

function fetchPrometheus(install = 'yes'): { code: number | null; output: string } {
  const script = `set -euo pipefail; root=${directory}; VISOR_DIR=${directory}/visor
source ${root}/scripts/lib/log.sh; source ${root}/scripts/lib/install.sh; mkdir -p "$log_dir"; fetch_prometheus`;
  const env = { PATH: bin, VISOR_INSTALL: install };
  const { status, stdout, stderr } = spawnSync('/bin/bash', ['--norc', '-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}

describe.skipIf(!hasDpkg)('prometheus for the tests', () => {
  it('is unpacked, not installed, on a machine without package lists; once', () => {
    putApt(makePackage());
    expect(fetchPrometheus()).toMatchObject({
      code: 0,
      output: expect.stringContaining('unpacked prometheus') as string,
    });
    expect(asked()).toEqual(['download', 'update', 'download']);
    for (const name of programs) {
      const path = join(directory, 'visor/prometheus/usr/bin', name);
      expect(execFileSync(path, { encoding: 'utf8' })).toBe('it runs\n');
    }
    expect(existsSync(join(directory, 'ran'))).toBe(false);
    expect(fetchPrometheus().output).toContain('are there');
    expect(asked()).toHaveLength(3);
  });

  it('is taken from the PATH without asking for anything', () => {
    putApt('none');
    for (const name of programs) put(join(bin, name), 'exit 0');
    expect(fetchPrometheus()).toMatchObject({ code: 0 });
    expect([asked(), existsSync(join(directory, 'visor/prometheus'))]).toEqual([[], false]);
  });

  it('is left alone with VISOR_INSTALL=no', () => {
    putApt(makePackage());
    expect(fetchPrometheus('no')).toEqual({ code: 0, output: '' });
    expect(asked()).toEqual([]);
  });

  it('is missed loudly where it cannot be had, and the run goes on; the next try begins anew', () => {
    put(join(bin, 'apt-get'), 'echo "E: no network" >&2; exit 100');
    const { code, output } = fetchPrometheus();
    expect([code, output]).toEqual([0, expect.stringMatching(/could not be fetched.*\n +E: no network/)]);
    expect(existsSync(join(directory, 'visor/prometheus'))).toBe(false);
    writeFileSync(join(directory, 'lists'), '');
    putApt(makePackage());
    expect(fetchPrometheus().output).toContain('unpacked prometheus');
  });
});
