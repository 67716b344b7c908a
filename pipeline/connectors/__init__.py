"""Pulls orders, refunds, parcels and stock changes from platforms and ERPs into the raw topics."""

from pipeline.connectors.accounts import Account, AccountsRefused, load_accounts
from pipeline.connectors.cursors import load_cursors
from pipeline.connectors.outlet import KafkaAway, Outlet
from pipeline.connectors.runner import Round, Runner

__all__ = [
    "Account",
    "AccountsRefused",
    "KafkaAway",
    "Outlet",
    "Round",
    "Runner",
    "load_accounts",
    "load_cursors",
]
