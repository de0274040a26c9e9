//! A pretend tenant behind a real socket. Shares no type with the other rooms: they meet over HTTP only.
