"""The admin site: guarded pages, dialogs, history and the home page.

Empty on purpose: the site's own class lives in this package, so a page registered while the package
loads would land on a site that is thrown away. ``BackofficeAdminConfig`` registers them afterwards.
"""
