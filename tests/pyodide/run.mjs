// Run a script in Pyodide: node run.mjs PYODIDE PACKAGES FOLDER SCRIPT
// The script finds the packages, and has the folder as its own.
import path from 'node:path'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [pyodide, packages, folder, script] = process.argv.slice(2)
const { loadPyodide } = await import(pathToFileURL(path.join(pyodide, 'pyodide.mjs')))
const python = await loadPyodide({ env: { HOME: '/folder', MPLBACKEND: 'agg' } })
await python.loadPackage(['numpy', 'matplotlib', 'ipython'], { messageCallback: () => {} })
for (const [place, root] of Object.entries({ '/packages': packages, '/folder': folder })) {
  python.FS.mkdirTree(place)
  python.FS.mount(python.FS.filesystems.NODEFS, { root }, place)
}
python.FS.chdir('/folder')
python.runPython('import sys; sys.path.insert(0, "/packages")')
await python.runPythonAsync(readFileSync(script, 'utf8'))
