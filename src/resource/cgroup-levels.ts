/** Directories of the cgroup a process is in and of its ancestors, the nearest first, by hierarchy. */
export interface CgroupLevels {
  /** The unified hierarchy of version 2; [] where it is not mounted. */
  readonly unified: readonly string[];
  /** A hierarchy of version 1 by its controller (`cpu`, `cpuacct`, `memory`); absent where it is not mounted. */
  readonly controllers: Readonly<Record<string, readonly string[]>>;
}

interface Mount {
  /** Path within the hierarchy that is mounted. */
  readonly root: string;
  readonly point: string;
  /** Names of controllers, among other options; null for version 2. */
  readonly options: readonly string[] | null;
}

/**
 * Reads /proc/PID/cgroup and /proc/PID/mountinfo (cgroups(7), proc_pid_mountinfo(5)). A path that is not below what is
 * mounted, as in a container that shares the host's cgroup namespace, counts as the mounted directory itself.
 */
export function cgroupLevels(membership: string | null, mountInfo: string | null): CgroupLevels {
  const mounts = (mountInfo ?? '').split('\n').flatMap(mountFrom);
  const controllers: Record<string, readonly string[]> = {};
  let unified: readonly string[] = [];
  for (const line of (membership ?? '').split('\n')) {
    const [, id, names, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? [];
    if (names === undefined || path === undefined) continue;
    if (id === '0' && names === '') {
      unified = levels(
        path,
        mounts.filter(({ options }) => options === null),
      );
    } else {
      for (const name of names.split(',')) {
        controllers[name] = levels(
          path,
          mounts.filter(({ options }) => options?.includes(name)),
        );
      }
    }
  }
  return { unified, controllers };
}

function mountFrom(line: string): Mount[] {
  const [place = '', kind = ''] = line.split(' - ', 2);
  const [, , , root, point] = place.split(' ');
  const [type, , options = ''] = kind.split(' ');
  if (root === undefined || point === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
  return [{ root: unescape(root), point: unescape(point), options: type === 'cgroup' ? options.split(',') : null }];
}

/** Space, tab, newline and backslash stand as three octal digits. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

function levels(path: string, mounts: readonly Mount[]): string[] {
  const mount = mounts.find(({ root }) => isBelow(path, root)) ?? mounts[0];
  if (mount === undefined) return [];
  const names = isBelow(path, mount.root) ? path.slice(mount.root.length).split('/').filter(Boolean) : [];
  const base = mount.point === '/' ? '' : mount.point;
  return Array.from({ length: names.length + 1 }, (_, up) => [base, ...names.slice(0, names.length - up)].join('/'));
}

function isBelow(path: string, root: string): boolean {
  if (path.split('/').includes('..')) return false;
  return root === '/' || path === root || path.startsWith(`${root}/`);
}
