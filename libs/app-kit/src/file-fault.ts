const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is no directory',
  EISDIR: 'it is a directory',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  ELOOP: 'its links lead nowhere',
  EMFILE: 'this process has too many files open',
  ENFILE: 'this host has too many files open',
  EIO: 'the disk fails',
};

/** @returns why a file cannot be read, in words for people; of what has no such words the system's own */
export function fileFault(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  return reasons[code] ?? (error instanceof Error ? error.message : String(error));
}
