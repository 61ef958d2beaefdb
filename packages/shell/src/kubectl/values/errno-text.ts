import type { Errno } from '@podwire/machine';

/** strerror(3), in Go's lower case. */
const TEXTS: Readonly<Partial<Record<Errno, string>>> = {
  ENOENT: 'no such file or directory',
  EEXIST: 'file exists',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EACCES: 'permission denied',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on device',
  EFBIG: 'file too large',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  EPERM: 'operation not permitted',
  EBUSY: 'device or resource busy',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
};

export function errnoText(errno: Errno): string {
  return TEXTS[errno] ?? errno;
}
