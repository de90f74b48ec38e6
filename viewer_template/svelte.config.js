// Read by svelte-check and the editor; the build has the same in vite.config.ts.
export default { compilerOptions: { runes: true } };
