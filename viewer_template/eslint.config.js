import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

// The rooms of the design: who may not know whom.
const doors = (files, ...rooms) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: [{ group: rooms, message: 'The design keeps this door shut (see src/main.ts).' }] },
    ],
  },
});

export default ts.config(
  { ignores: ['node_modules/', '*.config.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  { files: ['**/*.svelte', '**/*.ts'], rules: { 'no-undef': 'off' } }, // the type checker does it
  {
    rules: {
      eqeqeq: 'error',
      'max-lines': ['error', { max: 399 }],
      'max-lines-per-function': ['error', { max: 90, skipComments: true, skipBlankLines: true }],
      'svelte/no-at-html-tags': 'error',
      'no-restricted-properties': ['error', { property: 'innerHTML', message: 'Text is only ever text.' }],
    },
  },
  doors(['src/geometry/**'], '**/data/*', '**/render/*', '**/map/*', '**/state/*', '**/ui/*', 'svelte*'),
  doors(['src/data/**'], '**/render/*', '**/map/*', '**/state/*', '**/ui/*', 'svelte*'),
  doors(['src/render/**'], '**/data/*', '**/map/*', '**/state/*', '**/ui/*', 'svelte*'),
  doors(['src/state/**'], '**/render/*', '**/map/*', '**/ui/*', 'svelte*'),
  doors(['src/map/**'], '**/ui/*', 'svelte*'),
  doors(['src/ui/**'], '**/render/*'),
);
