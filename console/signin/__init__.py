"""Who is here. Nothing of Streamlit runs for a browser that is not signed in.

gate      in front of everything, pages and websockets: a session, or the way to sign in
porch     what anybody may open: sign-in, sign-out, health
oidc      signing in with the company's identity provider    (`console serve`)
demo      choosing one of the sample staff, on this machine   (`console demo`)
sessions  the rows behind the cookies; limits of idle time and age
sockets   open websockets, cut within a second of their session's end
who       from the id the gate passes to the person, for pages and commands
"""
