// What is pressed before the scripts of the page have come waits, and is done when they have: on a slow phone the
// fields are filled by then, mostly by the browser itself. This stands in the page, and the content security policy
// knows it by its hash.

{
  const kept = [];
  const keep = (event) => {
    const pressed = event.type === 'submit' ? event.target : event.target.closest('button[type="button"]');
    if (!pressed) {
      return;
    }
    event.preventDefault();
    kept.push(pressed);
    if (event.type === 'submit') {
      pressed.setAttribute('aria-busy', 'true');
      pressed.querySelector('[data-busy]').hidden = false;
    }
  };
  addEventListener('submit', keep);
  addEventListener('click', keep);
  addEventListener(
    'ready',
    () => {
      removeEventListener('submit', keep);
      removeEventListener('click', keep);
      for (const pressed of kept) {
        if (pressed instanceof HTMLFormElement) {
          // Not `requestSubmit`, which Safari before 16 does not have; it would do no more.
          pressed.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }));
        } else {
          pressed.click();
        }
      }
    },
    { once: true },
  );
}
