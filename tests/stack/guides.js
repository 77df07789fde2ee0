// Runs the JavaScript of a guide as its reader does: in a mini program or in a page, here made of what Node has.
// Arguments: the guide, and a JSON object: url, sandbox, appid, openid, search (the page's query) and script, whose
// result is printed as JSON.
'use strict'

const fs = require('fs')

const [guide, order] = process.argv.slice(2)
const { url, sandbox, appid, openid, search, script } = JSON.parse(order)

async function newCode(path, members) {
  const made = await fetch(sandbox + '/sandbox/' + path, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ appid, openid, ...members }),
  })
  return (await made.json()).code
}

function storage() {
  const items = new Map()
  return { getItem: (name) => items.get(name) ?? null, setItem: (name, value) => items.set(name, String(value)),
    removeItem: (name) => items.delete(name) }
}

const stored = storage()
const wx = {
  login: async () => ({ code: await newCode('codes') }),
  getStorageSync: (name) => stored.getItem(name) ?? '',
  setStorageSync: stored.setItem,
  removeStorageSync: stored.removeItem,
  request({ url: address, method, data, header, success, fail }) {
    const body = data === undefined ? undefined : JSON.stringify(data)
    fetch(address, { method, body, headers: { 'Content-Type': 'application/json', ...header } })
      .then(async (answer) => {
        const text = await answer.text()
        success({ statusCode: answer.status, data: text === '' ? '' : JSON.parse(text) })
      })
      .catch(fail)
  },
}

const location = { origin: 'https://h5.example.com', pathname: '/', search: search ?? '' }
const history = { replaceState: (state, title, path) => { location.search = path.includes('?') ? path : '' } }
const crypto = require('crypto').webcrypto

const blocks = fs.readFileSync(guide, 'utf8').match(/(?<=^```js\n)[^]*?(?=^```)/gm).join('\n')
  .replaceAll('https://user.example.com', url)
const names = { wx, location, history, crypto, sessionStorage: storage(), newCode }
const run = new Function(...Object.keys(names), `return (async () => { ${blocks}\n${script} })()`)

run(...Object.values(names)).then((result) => console.log(JSON.stringify(result)), (reason) => {
  console.error(reason)
  process.exitCode = 1
})
