//! The panels: Leptos over the seam types, nothing behind them.
