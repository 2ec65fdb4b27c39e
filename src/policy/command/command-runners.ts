/** Shells, languages, and their tools. */
const LANGUAGES = `
  ash bash busybox csh dash elvish fish ksh ksh93 mksh nu osh posh pwsh rbash rksh rzsh sash sh slsh tcsh toybox xonsh
  yash zsh coreutils
  awk gawk mawk nawk original-awk sed gsed ssed m4 dc perl php python pypy ruby lua luajit node nodejs deno bun tclsh
  wish expect clojure elixir erl escript ghc ghci guile groovy irb iex java jdb jjs jrunscript jshell julia kotlin
  ocaml octave osascript pdb pry psysh r racket rscript runghc sbcl scala scheme swift ts-node tsx ipython jupyter
  gnuplot gdb gdbserver lldb byebug bpftrace dtrace
  as cc c++ gcc g++ clang clang++ ld cargo rustc go dotnet make gmake cmake meson ninja scons ant bazel gradle mvn just
  rake task npm npx pnpm pnpx yarn yarnpkg bunx corepack lerna nx turbo composer bundle bundler gem pip pipx poetry uv
  uvx conda mamba easy_install tox nox pytest jest mocha vitest pre-commit
  claude codex gemini aider amp copilot cursor-agent goose ollama opencode qwen`;

/** What starts a command given to it, in another frame, at another time, or elsewhere. */
const LAUNCHERS = `
  env xargs nice nohup timeout time watch ionice taskset chrt choom numactl stdbuf setsid flock script unbuffer parallel
  sem strace ltrace perf rr valgrind ld.so ldd logsave prlimit softlimit cpulimit rlwrap faketime fakeroot fakechroot
  eatmydata proot entr watchexec watchman nodemon pm2 forever supervisord supervisorctl run-parts run-mailcap command
  exec tini dumb-init start-stop-daemon daemon hyperfine cgexec trickle turbostat chronic ifne pee multitail csvtool
  sudo sudoedit su su-exec gosu doas pkexec run0 runuser sg newgrp setpriv capsh chroot unshare nsenter bwrap firejail
  setarch linux32 linux64 i386 x86_64 uname26 setuidgid systemctl journalctl loginctl machinectl initctl service
  at batch crontab anacron logrotate update-alternatives mount ip tmux screen byobu dtach abduco tmate zellij xterm
  x-terminal-emulator xdg-open sensible-browser sensible-editor sensible-pager
  docker docker-compose podman nerdctl buildah runc crun ctr crictl kubectl oc helm k9s minikube kind lxc lxc-attach
  lxc-execute virsh vagrant terraform tofu terragrunt packer pulumi ansible puppet chef-client knife salt salt-call
  aws az gcloud gh glab
  ssh autossh sshpass sshfs ssh-agent ssh-add ssh-copy-id ssh-keygen scp sftp rsync rclone rsh rlogin mosh pdsh clush
  ftp lftp tnftp telnet nc ncat netcat socat smbclient torify torsocks proxychains proxychains4 openvpn wg-quick nmap
  tcpdump tshark wireshark dumpcap wget aria2c yt-dlp youtube-dl certbot iptables ip6tables modprobe dhclient busctl
  dbus-send gdbus`;

/** What has a command of its own to start others: editors, pagers, version control, archives, databases, typesetting. */
const ESCAPES = `
  ed red edit ex vi vim vimdiff view rvim rview gvim nvim vile elvis emacs emacsclient mg joe jed kak hx helix micro nano
  pico ne mcedit vipw vipe vidir sdiff diff3 patch rename prename file-rename exiftool
  less more most pg lv man info pinfo apropos whatis lesspipe bat batcat zless zmore bzless bzmore xzless xzmore dmesg
  top htop atop fzf
  git tig lazygit hg svn svnadmin cvs bzr fossil jj
  find fd fdfind ack ag tar gtar bsdtar star cpio pax zip ar
  apk apt apt-get aptitude dnf yum zypper pacman dpkg rpm rpmbuild brew nix nix-shell nix-env snap flatpak
  mysql mariadb psql sqlite sqlite3 mongo mongosh pgbench
  mail mailx mutt neomutt sendmail procmail exim
  gs ghostscript convert magick mogrify gimp tex latex pdftex pdflatex xetex xelatex luatex lualatex dvips pandoc troff
  groff nroff cowsay cowthink cscope ctags openssl gpg gpg2 gpgsm lynx links elinks w3m msgexec msgfilter neofetch vlc
  soffice libreoffice chromium chrome google-chrome firefox electron
  see compose print lp genie cobc crash dmsetup wine qemu`;

const RUNNERS: ReadonlySet<string> = new Set(`${LANGUAGES} ${LAUNCHERS} ${ESCAPES}`.trim().split(/\s+/));
const RUNNER_FAMILIES = /^(ansible|cargo|docker|git|kubectl|ld-linux|qemu|systemd)[-.]/;

/** What these do, they do by the name they are called by: that a link leads to them says nothing. */
const MULTI_CALL: ReadonlySet<string> = new Set(['busybox', 'toybox', 'coreutils']);

/**
 * True for a program known to run other programs, or code, that its arguments or its input name: by its own name or that
 * of the file it leads to, versions aside. One that is not known may do so too.
 *
 * @param realPath the program's file, its links followed
 */
export function runsCommands(name: string, realPath: string | null): boolean {
  const file = realPath === null ? '' : baseName(realPath);
  return isRunner(baseName(name)) || (!MULTI_CALL.has(file) && isRunner(file));
}

function isRunner(name: string): boolean {
  return [name, withoutVersion(name)].some((each) => RUNNERS.has(each) || RUNNER_FAMILIES.test(each));
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).toLowerCase();
}

/** python3.11, gcc-12, vim.basic: python, gcc, vim. */
function withoutVersion(name: string): string {
  return name.replace(/\.(basic|gtk3?|nox|tiny|real|exe)$/, '').replace(/[-._]?\d[\d.]*$/, '');
}
