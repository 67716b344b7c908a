"""What people see: the only home of Streamlit."""
