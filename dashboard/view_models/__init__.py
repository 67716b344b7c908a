"""From the store's rows to what a screen shows, a room a page. Pure: no Streamlit, no store, no clock."""
