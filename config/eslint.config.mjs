import eslint from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const environment = {
  properties: [{ object: 'process', property: 'env', message: 'Only src/config reads the environment.' }],
  import: { name: 'node:process', importNames: ['env'], message: 'Only src/config reads the environment.' },
};
const childProcess = {
  name: 'node:child_process',
  message: 'Only src/process, src/cli, src/doctor and src/resource start processes.',
};
const bareNames = {
  regex:
    '^(assert|buffer|child_process|crypto|dgram|dns|events|fs|http|http2|https|net|os|path|perf_hooks|process|stream|timers|tls|tty|url|util|v8|worker_threads|zlib)(/|$)',
  message: 'Write node:… for a module of Node.',
};

export default defineConfig(
  globalIgnores(['dist/', 'coverage/', 'data/', 'reports/', 'node_modules/']),
  {
    linterOptions: { reportUnusedDisableDirectives: 'error' },
  },
  {
    files: ['**/*.mjs'],
    extends: [eslint.configs.recommended],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...['AbortController', 'AbortSignal', 'Buffer', 'TextDecoder', 'TextEncoder', 'URL', 'clearInterval'],
          ...['clearTimeout', 'console', 'fetch', 'performance', 'process', 'queueMicrotask', 'setImmediate'],
          ...['setInterval', 'setTimeout', 'structuredClone'],
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [eslint.configs.recommended, tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // A Nest module is a class with nothing but its decorator; params of a method that takes none are an empty one.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true, allowEmpty: true }],
      // Nest declares its options as classes and takes plain objects.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // An empty variable is as good as none.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // Indexed loops over bytes are several times as fast, and need their elements asserted.
      '@typescript-eslint/prefer-for-of': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // A property of its own type says what class-transformer is to convert to.
      '@typescript-eslint/no-inferrable-types': ['error', { ignoreProperties: true }],
      'no-restricted-imports': ['error', { patterns: [bareNames] }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-properties': ['error', ...environment.properties],
      'no-restricted-imports': ['error', { patterns: [bareNames], paths: [environment.import, childProcess] }],
    },
  },
  {
    files: ['src/process/**/*.ts', 'src/cli/**/*.ts', 'src/doctor/**/*.ts', 'src/resource/nvidia-smi.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: [bareNames], paths: [environment.import] }] },
  },
  {
    files: ['src/config/**/*.ts'],
    rules: {
      'no-restricted-properties': 'off',
      'no-restricted-imports': ['error', { patterns: [bareNames], paths: [childProcess] }],
    },
  },
  {
    // They read nothing from the environment; they hand it on to the processes they start.
    files: ['src/process/launcher/main.ts', 'src/cli/own-service.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['src/main.ts', 'src/cli/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // What came over the wire is looked at as it is.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
