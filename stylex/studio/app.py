"""The script that Streamlit runs for every visitor and every click: the views and their look."""

import io

import streamlit as st
from PIL import Image

from stylex.config.pictures import SAMPLES
from stylex.studio.pictures import thumbnail
from stylex.studio.views import compare, gallery, manage, paint, run, sweep
from stylex.studio.views.components import WEB
from stylex.studio.views.leaving import leaving

STYLE = f"<style>{(WEB / 'page.css').read_text('utf-8')}</style>"

# A picture of our own: Streamlit would fetch any other icon of the tab from the internet.
icon = thumbnail(SAMPLES / "style" / "night.jpg", 64, square=True)
st.set_page_config("stylex", Image.open(io.BytesIO(icon)), layout="wide")
st.html(STYLE)
manage.shelf()
pages = {
    "paint": st.Page(
        paint.page, title="Paint", icon=":material/brush:", url_path="paint", default=True
    ),
    "run": st.Page(run.page, title="Run", icon=":material/image:", url_path="run"),
    "gallery": st.Page(
        gallery.page, title="Gallery", icon=":material/grid_view:", url_path="gallery"
    ),
    "compare": st.Page(
        compare.page, title="Compare", icon=":material/compare:", url_path="compare"
    ),
    "sweep": st.Page(sweep.page, title="Sweep", icon=":material/apps:", url_path="sweep"),
}
page = st.navigation([*pages.values()], position="hidden")
st.html(f'<h1 class="unseen">{page.title}</h1>')
# Streamlit's own bar is hidden behind a button on a phone, and then behind itself.
with st.container(horizontal=True, gap="xsmall", key="bar"):
    for each in pages.values():
        st.page_link(each)
if not leaving(pages, page):
    page.run()
