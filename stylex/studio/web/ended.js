// What Streamlit says once its server does not answer any more, in this program's words.
const WORDS = {
  "Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your terminal:":
    "The page's program has ended; runs go on. Start it again in the same folder:",
  "Streamlit server is not responding. Are you connected to the internet?":
    "The page's program has ended; runs go on. Start it again: python -m stylex.studio",
  "streamlit run yourscript.py": "python -m stylex.studio",
};
new MutationObserver(() => {
  for (const element of document.querySelectorAll("[role=dialog] *")) {
    const [only] = element.childNodes;
    if (only?.nodeType === Node.TEXT_NODE && only.data.trim() in WORDS) only.data = WORDS[only.data.trim()];
  }
}).observe(document, { childList: true, subtree: true });
