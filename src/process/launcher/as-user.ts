import type { CommandUser } from './launcher-settings.js';

/** Looks at files with the rights of a user; null = with this process's own. `act` is synchronous and starts nothing. */
export function asUser<T>(user: CommandUser | null, act: () => T): T {
  const { getgroups, setgroups, getegid, setegid, geteuid, seteuid } = process;
  if (user === null || !getgroups || !setgroups || !getegid || !setegid || !geteuid || !seteuid) return act();
  const own = { groups: getgroups(), gid: getegid(), uid: geteuid() };
  setgroups([]);
  setegid(user.gid);
  seteuid(user.uid);
  try {
    return act();
  } finally {
    seteuid(own.uid);
    setegid(own.gid);
    setgroups(own.groups);
  }
}
