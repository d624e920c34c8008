// Start the docs page; in the demo one button opens a guest session for every call tried here.
const place = document.getElementById("docs");
const button = document.getElementById("guest");
const ui = window.SwaggerUIBundle({
  url: place.dataset.spec,
  domNode: place,
  deepLinking: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  // A token given before the document is read would be forgotten.
  onComplete: () => {
    if (button) button.disabled = false;
  },
});

if (button) {
  button.addEventListener("click", async () => {
    const said = document.getElementById("said");
    const answer = await fetch("/api/v1/auth/guest", { method: "POST" });
    const body = await answer.json();
    if (!answer.ok) {
      said.textContent = body.detail;
      return;
    }
    ui.preauthorizeApiKey("session", body.token);
    said.textContent = `已登录：${body.person.nickname}。Signed in; every call below now carries the token.`;
  });
}
