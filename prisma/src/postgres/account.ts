import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';

/** Whom the server runs as. PostgreSQL refuses to run as root. */
export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** The server is another user than this process. */
  readonly dropped: boolean;
}

/** Tried in this order when this process is root. */
const UNPRIVILEGED_NAMES = ['postgres', 'nobody', '_postgres'] as const;

/** Undefined where users have no numbers (Windows): the server then simply runs as this process' user. */
export function serverAccount(preferred?: string): ServerAccount | undefined {
  if (process.getuid === undefined || process.getgid === undefined) return undefined;
  if (process.getuid() !== 0) {
    return { name: userInfo().username, uid: process.getuid(), gid: process.getgid(), dropped: false };
  }
  const accounts = passwdAccounts();
  const names = preferred === undefined ? UNPRIVILEGED_NAMES : [preferred];
  for (const name of names) {
    const account = accounts.get(name);
    if (account !== undefined && account.uid !== 0) return { name, ...account, dropped: true };
  }
  throw new Error(
    `PostgreSQL does not run as root, and there is no user to run it as (tried ${names.join(', ')}). Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.`,
  );
}

function passwdAccounts(): ReadonlyMap<string, { readonly uid: number; readonly gid: number }> {
  const accounts = new Map<string, { uid: number; gid: number }>();
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name !== undefined && uid !== undefined && gid !== undefined)
      accounts.set(name, { uid: Number(uid), gid: Number(gid) });
  }
  return accounts;
}
