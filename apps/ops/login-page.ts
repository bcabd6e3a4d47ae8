import { escapeHtml } from './html.ts'

const STYLE = `
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center;
    background: light-dark(#f4f6f8, #151a21); color: light-dark(#1c2430, #e3e8ef) }
  form { width: 19rem; padding: 2rem; border-radius: .75rem; background: light-dark(#fff, #1d242d);
    box-shadow: 0 1px 4px rgb(0 0 0 / .2) }
  h1 { font-size: 1.25rem; margin: 0 }
  p { margin: 0 0 1.25rem; opacity: .75 }
  p[role=alert] { color: light-dark(#b3261e, #ff8a80); opacity: 1 }
  label { display: block; margin-bottom: 1rem }
  input, button { box-sizing: border-box; width: 100%; font: inherit; padding: .5rem .65rem; border-radius: .4rem }
  input { border: 1px solid light-dark(#c3cad4, #465060); background: transparent; color: inherit }
  button { border: 0; background: #2563eb; color: #fff; font-weight: 600; cursor: pointer }`

/**
 * The login page.
 *
 * @param next where to go afterwards, a path of this server
 * @param alert what was wrong with the last attempt
 */
export function loginPage(next: string, alert?: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Laurel · log in</title>
<style>${STYLE}</style>
<form method="post" action="/login">
  <h1>Laurel</h1>
  <p>Queues and failed events</p>
  ${alert === undefined ? '' : `<p role="alert">${escapeHtml(alert)}</p>`}
  <input type="hidden" name="next" value="${escapeHtml(next)}">
  <label>Name <input name="user" autocomplete="username" required autofocus></label>
  <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
  <button>Log in</button>
</form>
</html>
`
}
