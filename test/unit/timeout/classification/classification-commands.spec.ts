import { describe, expect, it } from '@jest/globals';
import { readClassification } from '../../../../src/config/classification-file.js';
import type { Complexity } from '../../../../src/config/complexity.js';
import { Classifier } from '../../../../src/timeout/classification/classifier.js';

const classifier = new Classifier(readClassification(null, []));

type Row = [command: string, category: string, name: string, complexity: Complexity, type: string];

function expectTask(command: string, category: string, name: string, complexity: Complexity, type: string): void {
  const task = classifier.classify({ command });

  expect([task.category, task.name, task.complexity, task.type]).toEqual([category, name, complexity, type]);
  expect(task.isKnown).toBe(true);
  expect(task.digest).toMatch(/^[0-9a-f]{12}$/);
}

describe('of the shell and its tools', () => {
  it.each<Row>([
    ['ls -la', 'shell', 'ls', 'trivial', 'shell'],
    ['cd /tmp', 'shell', 'cd', 'trivial', 'shell'],
    ['echo hello', 'shell', 'echo', 'trivial', 'shell'],
    ['command -v node', 'shell', 'command', 'trivial', 'shell'],
    ['[ -f a ]', 'shell', 'test', 'trivial', 'shell'],
    [': > log', 'shell', 'true', 'trivial', 'shell'],
    ['. ./env.sh', 'shell', 'source', 'trivial', 'shell'],
    ['cp -r a b', 'file', 'cp', 'low', 'file'],
    ['tar xzf a.tgz', 'file', 'tar', 'medium', 'archive'],
    ["sed -i 's/a/b/' x", 'file', 'sed', 'low', 'text'],
    ['jq .a x.json', 'file', 'jq', 'low', 'text'],
    ['grep foo file.txt', 'search', 'grep', 'low', 'search'],
    ['grep -rn TODO src', 'search', 'grep_recursive', 'simple', 'search'],
    ['rg pattern', 'search', 'rg', 'low', 'search'],
    ["find . -name '*.ts'", 'search', 'find', 'simple', 'search'],
    ['find . -name x -exec rm {} \\;', 'search', 'find_exec', 'medium', 'search'],
    ['sleep 0.5', 'wait', 'sleep_0.5', 'trivial', 'wait'],
    ['sleep 5', 'wait', 'sleep_5', 'trivial', 'wait'],
    ['sleep 45', 'wait', 'sleep_45', 'high', 'wait'],
    ['sleep 300', 'wait', 'sleep_300', 'extreme', 'wait'],
    ['sleep infinity', 'wait', 'sleep_infinity', 'extreme', 'wait'],
    ['ffmpeg -i a.mp4 b.mkv', 'media', 'ffmpeg', 'complex', 'media'],
    ['nvidia-smi', 'system', 'nvidia-smi', 'trivial', 'system'],
  ])('%s is %s/%s, %s, %s', expectTask);
});

describe('of version control', () => {
  it.each<Row>([
    ['git status', 'vcs', 'git_status', 'trivial', 'vcs'],
    ['git -C /repo -c a.b=c status --short', 'vcs', 'git_status', 'trivial', 'vcs'],
    ['git log --oneline | head -20', 'vcs', 'git_log', 'low', 'vcs'],
    ['git commit -m "fix the tests"', 'vcs', 'git_commit', 'simple', 'vcs'],
    ['git fetch --all', 'vcs', 'git_fetch', 'medium', 'network'],
    ['git clone https://github.com/a/b', 'vcs', 'git_clone', 'high', 'network'],
    ['git gc --aggressive', 'vcs', 'git_gc', 'complex', 'vcs'],
    ['gh pr list', 'vcs', 'gh_pr_list', 'simple', 'network'],
  ])('%s is %s/%s, %s, %s', expectTask);
});

describe('of tests, builds and linters', () => {
  it.each<Row>([
    ['pytest -q tests/', 'test', 'pytest', 'high', 'test'],
    ['pytest -v', 'test', 'pytest', 'high', 'test'],
    ['python -m pytest -x', 'test', 'pytest', 'high', 'test'],
    ['npx jest@30 --coverage', 'test', 'jest', 'high', 'test'],
    ['node --experimental-vm-modules node_modules/jest/bin/jest.js', 'test', 'jest', 'high', 'test'],
    ['node --test', 'test', 'node_test', 'high', 'test'],
    ['./node_modules/.bin/mocha', 'test', 'mocha', 'high', 'test'],
    ['go test ./...', 'test', 'go_test', 'high', 'test'],
    ['cargo test --release', 'test', 'cargo_test', 'complex', 'test'],
    ['npm test', 'test', 'npm_test', 'high', 'test'],
    ['npm run test:unit', 'test', 'npm_run_test_unit', 'high', 'test'],
    ['npm run e2e', 'test', 'npm_run_e2e', 'complex', 'test'],
    ['mvn -q test', 'test', 'mvn_test', 'complex', 'test'],
    ['ctest --output-on-failure', 'test', 'ctest', 'high', 'test'],
    ['tox -e py311', 'test', 'tox', 'complex', 'test'],
    ['bundle exec rspec', 'test', 'rspec', 'high', 'test'],
    ['make -j8 test', 'test', 'make_test', 'complex', 'test'],
    ['make', 'build', 'make', 'complex', 'build'],
    ['make -C dir clean', 'build', 'make_clean', 'low', 'build'],
    ['cmake --build build -j4', 'build', 'cmake_build', 'complex', 'build'],
    ['npx tsc --noEmit', 'build', 'tsc', 'high', 'build'],
    ['npm run build', 'build', 'npm_run_build', 'complex', 'build'],
    ['npm --prefix web run build', 'build', 'npm_run_build', 'complex', 'build'],
    ['vite build', 'build', 'vite_build', 'complex', 'build'],
    ['cargo build', 'build', 'cargo_build', 'complex', 'build'],
    ['go build ./...', 'build', 'go_build', 'high', 'build'],
    ['./gradlew build', 'build', 'gradle_build', 'complex', 'build'],
    ['mvn clean package', 'build', 'mvn_package', 'complex', 'build'],
    ['bazel build //...', 'build', 'bazel_build', 'complex', 'build'],
    ['docker build -t x .', 'build', 'docker_build', 'extreme', 'build'],
    ['gcc -O2 -v x.c', 'build', 'gcc', 'medium', 'build'],
    ['npx eslint . --fix', 'lint', 'eslint', 'medium', 'lint'],
    ['npm run lint', 'lint', 'npm_run_lint', 'medium', 'lint'],
    ['mypy src', 'lint', 'mypy', 'high', 'lint'],
  ])('%s is %s/%s, %s, %s', expectTask);
});

describe('of packages, containers, databases and the network', () => {
  it.each<Row>([
    ['npm ci', 'package', 'npm_ci', 'high', 'network'],
    ['npm ls --all', 'package', 'npm_ls', 'low', 'package'],
    ['yarn', 'package', 'yarn_install', 'high', 'network'],
    ['python3 -m pip install requests', 'package', 'pip_install', 'high', 'network'],
    ['uv pip install -r requirements.txt', 'package', 'uv_pip_install', 'medium', 'network'],
    ['sudo apt-get install -y ripgrep', 'package', 'apt-get_install', 'high', 'network'],
    ['bundle install', 'package', 'bundle_install', 'high', 'network'],
    ['docker ps', 'container', 'docker_ps', 'low', 'container'],
    ['docker run --rm -v /a:/b ubuntu', 'container', 'docker_run', 'complex', 'container'],
    ['docker compose up -d', 'container', 'docker_compose_up', 'high', 'container'],
    ['kubectl get pods -n x', 'container', 'kubectl_get', 'simple', 'network'],
    ['terraform apply', 'container', 'terraform_apply', 'extreme', 'network'],
    ['redis-cli -h localhost -p 6380 PING', 'redis', 'redis_ping', 'trivial', 'database'],
    ["psql -c 'select 1'", 'database', 'psql', 'medium', 'database'],
    ['curl https://example.com', 'network', 'curl', 'medium', 'network'],
    ['curl -sSL -o x.tgz https://example.com/x.tgz', 'network', 'curl_download', 'high', 'network'],
    ['rsync -a a b', 'network', 'rsync', 'complex', 'network'],
    ['ssh host uptime', 'network', 'ssh', 'high', 'network'],
  ])('%s is %s/%s, %s, %s', expectTask);
});

describe('of scripts and services', () => {
  it.each<Row>([
    ['python tools/script.py', 'script', 'python_script.py', 'medium', 'script'],
    ["python -c 'print(1)'", 'script', 'python_inline', 'low', 'script'],
    ['python3 --version', 'script', 'python_info', 'trivial', 'script'],
    ['node server.js', 'script', 'node_server.js', 'medium', 'script'],
    ['bash deploy.sh', 'build', 'bash_deploy.sh', 'complex', 'build'],
    ['npm start', 'service', 'npm_start', 'extreme', 'service'],
    ['npm run dev', 'service', 'npm_run_dev', 'extreme', 'service'],
    ['vite', 'service', 'vite', 'extreme', 'service'],
    ['uvicorn app:app --reload', 'service', 'uvicorn', 'extreme', 'service'],
    ['jest --watch', 'service', 'jest_watch', 'extreme', 'service'],
    ['tail -f log', 'service', 'tail_follow', 'extreme', 'service'],
    ['watch -n 2 date', 'service', 'watch', 'extreme', 'service'],
    ['python manage.py runserver', 'service', 'django_runserver', 'extreme', 'service'],
  ])('%s is %s/%s, %s, %s', expectTask);
});

describe('of agents, by what the prompt asks for', () => {
  it.each<Row>([
    ['claude --version', 'agent', 'claude_info', 'trivial', 'agent'],
    ['claude mcp list', 'agent', 'claude_mcp', 'low', 'agent'],
    ['claude -p "hi"', 'agent', 'claude_prompt', 'medium', 'agent'],
    ['claude -p "What is 2+2?"', 'agent', 'claude_question', 'medium', 'agent'],
    ['gemini -p "explain this"', 'agent', 'gemini_question', 'medium', 'agent'],
    ['claude -p "Write a Fibonacci function" --allowedTools "Bash,Edit"', 'agent', 'claude_write', 'high', 'agent'],
    ['claude -p "What is new?" --allowedTools "Write,Edit"', 'agent', 'claude_question', 'medium', 'agent'],
    ['aider --message "add a docstring"', 'agent', 'aider_write', 'high', 'agent'],
    ['codex exec "refactor the module"', 'agent', 'codex_refactor', 'complex', 'agent'],
    ['claude -p "fix foo.py" --dangerously-skip-permissions', 'agent', 'claude_fix', 'complex', 'agent'],
    ['opencode run "run the tests"', 'agent', 'opencode_test', 'complex', 'agent'],
    ['claude -p "Research Redis"', 'agent', 'claude_research', 'extreme', 'agent'],
    ['claude -p "Explain the whole codebase"', 'agent', 'claude_research', 'extreme', 'agent'],
    ['echo "write a poem" | claude -p', 'agent', 'claude_write', 'high', 'agent'],
    ['claude -p <<END\nplease debug it\nEND', 'agent', 'claude_fix', 'complex', 'agent'],
    [`claude -p "${'lorem ipsum '.repeat(250)}"`, 'agent', 'claude_long_prompt', 'complex', 'agent'],
    [`claude -p "${'lorem ipsum '.repeat(700)}"`, 'agent', 'claude_long_prompt', 'extreme', 'agent'],
  ])('%.60s is %s/%s, %s, %s', expectTask);
});

describe('success', () => {
  it.each<[string, readonly number[]]>([
    ['make', [0]],
    ['grep foo x', [0, 1]],
    ['rg foo', [0, 1]],
    ['cd /src && grep -r foo .', [0, 1]],
    ['diff a b', [0, 1]],
    ['eslint .', [0, 1]],
    ['./unknown', [0]],
  ])('of %s is an exit with one of %j', (command, codes) => {
    expect(classifier.classify({ command }).successExitCodes).toEqual(codes);
  });
});
