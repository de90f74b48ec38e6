// Builds main.js, main.css and what they load later. The names carry no hash: the publisher puts the
// whole folder under v/<hash>/. index.html is a Jinja template and is copied as it is (public/).
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  publicDir: 'public',
  plugins: [svelte()],
  build: {
    outDir: '../clipplot_pipeline/viewer',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: true, // the styles of what comes later come later, too
    reportCompressedSize: true,
    license: { fileName: 'licenses.txt' }, // of what is bundled: it is published with the viewer
    rolldownOptions: {
      input: { main: 'src/main.ts' },
      preserveEntrySignatures: 'allow-extension',
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        assetFileNames: '[name][extname]',
      },
    },
  },
  test: { include: ['tests/**/*.test.ts'], environment: 'node', testTimeout: 60_000 },
} as Parameters<typeof defineConfig>[0]);
