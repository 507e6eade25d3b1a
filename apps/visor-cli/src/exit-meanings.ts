import { exitCodes } from './errors.js';

/** What each exit code means, for help and documentation. */
export const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  found: 'done; of commands that list: found or not',
  nothing:
    'nothing found, with --fail-empty; no such packet, version, agent or alert; status: an agent is silent; alerts rules --fail-faulty: a rule is wrong',
  usage: 'a flag, a value, or the config file is wrong',
  unreachable: 'no hub answers there, or its certificate is wrong, or it is something else',
  refused: 'the hub wants a token, another one, a client certificate, or fewer requests',
  failed: 'the hub has failed, or visor-cli has; status: the hub cannot do its work',
  interrupted: 'Ctrl-C before the end',
};

/** @returns code and meaning, by code */
export const exitTable = (): readonly (readonly [number, string])[] =>
  Object.entries(exitMeanings).map(([name, text]) => [exitCodes[name as keyof typeof exitCodes], text]);
