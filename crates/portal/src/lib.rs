//! The frame of the customer's pages: menus, overview, account switcher.
