"""Every setting of the back-office. What differs between installs comes from the environment."""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from backoffice import env
from backoffice.theme import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR") or BASE_DIR / "var")
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.flag("DEBUG", default=True)
SECRET_KEY = env.secret("SECRET_KEY", debug=DEBUG)
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", debug=DEBUG)
# Wraps the keys of buyers' data. With DEBUG on it is made beside them: good enough for trials only.
PRIVACY_KEYS = env.keys(
    "PRIVACY_KEY",
    kept_in=env.text("PRIVACY_KEY_FILE"),
    made_in=DATA_DIR / "privacy.key" if DEBUG else None,
)
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if not DEBUG else []

INSTALLED_APPS = [
    "backoffice.apps.BackofficeConfig",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "backoffice.apps.BackofficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_fsm",
    "import_export",
    "simple_history",
    "merchants.apps.MerchantsConfig",
    "orders.apps.OrdersConfig",
    "refunds.apps.RefundsConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backoffice.middleware.RequestIdMiddleware",
    "backoffice.middleware.SentencesMiddleware",
    "backoffice.privacy.reading.LookMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
ASGI_APPLICATION = "backoffice.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# -- Database: SQLite with one writer at a time, or PostgreSQL by DATABASE_URL.
DATABASES = {
    "default": env.database("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- Cache: progress of long work, seen by every process of this machine, or by all through Redis.
CACHE_URL = env.text("CACHE_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
    }
    if CACHE_URL
    else {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA_DIR / "cache",
    }
}

# -- Celery: no server by default; Redis or RabbitMQ by CELERY_BROKER_URL.
CELERY_BROKER_URL = env.broker("CELERY_BROKER_URL", default="filesystem://localhost")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_POOL = env.text("WORKER_POOL") or "threads"  # a third of the memory of processes
CELERY_WORKER_CONCURRENCY = env.number(
    "WORKER_CONCURRENCY", 5
)  # two of them are left for the tick and the log: backoffice.bulk.leases
CELERY_WORKER_ENABLE_REMOTE_CONTROL = env.flag("CELERY_REMOTE_CONTROL", default=False)
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
TICK_SECONDS = env.number("TICK_SECONDS", 5)
CELERY_BEAT_SCHEDULE = {
    name: {
        "task": f"backoffice.{name}",
        "schedule": TICK_SECONDS,
        "options": {"expires": TICK_SECONDS},
    }
    for name in ("tick", "seal")
}
CELERY_BEAT_SCHEDULE["verify"] = {
    "task": "backoffice.verify_when_due",
    "schedule": 60,
    "options": {"expires": 60},
}
if CELERY_BROKER_URL.startswith("filesystem:"):
    for folder in ("queue", "control"):
        (DATA_DIR / "broker" / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker" / "queue"),
        "data_folder_out": str(DATA_DIR / "broker" / "queue"),
        "control_folder": str(DATA_DIR / "broker" / "control"),
        "polling_interval": 0.5,
    }

# -- Gateways: accounts at payment providers, by name; their keys are in the environment alone.
GATEWAYS = env.listing("GATEWAYS") or (["sandbox:demo"] if DEBUG else [])
GATEWAY_SANDBOX = DEBUG  # it pays nobody, so it is for trials only
GATEWAY_DEFAULTS = {
    "SANDBOX_DEMO_URL": "http://127.0.0.1:8001",
    "SANDBOX_DEMO_KEY": "for-trials-only",
}
GATEWAY_TIMEOUT = env.number("GATEWAY_TIMEOUT", 10)  # seconds for one call
GATEWAY_FIRST_WAIT = env.number("GATEWAY_FIRST_WAIT", 10)  # seconds, doubled with each question
GATEWAY_LONGEST_WAIT = env.number("GATEWAY_LONGEST_WAIT", 3600)

# -- The log of history: who signs it, and where its checkpoints are kept besides the database.
AUDIT_SIGNING_KEYS = env.listing("AUDIT_SIGNING_KEY")
AUDIT_SIGNING_KEY_FILE = env.text("AUDIT_SIGNING_KEY_FILE") or (
    str(DATA_DIR / "audit-signing-key") if DEBUG else ""
)
AUDIT_PUBLIC_KEYS = env.listing("AUDIT_PUBLIC_KEYS")
AUDIT_ANCHORS = env.listing("AUDIT_ANCHORS") or [
    f"file:{DATA_DIR / 'anchors' / 'first'}",
    f"file:{DATA_DIR / 'anchors' / 'second'}",
]
AUDIT_CHECKPOINT_SECONDS = env.number("AUDIT_CHECKPOINT_SECONDS", 30)
AUDIT_LATE_SECONDS = env.number("AUDIT_LATE_SECONDS", 120)  # without a checkpoint, then an alarm
AUDIT_VERIFY_NEW_MINUTES = env.number("AUDIT_VERIFY_NEW_MINUTES", 10)  # 0: never
AUDIT_VERIFY_ALL_AT = env.time_of_day("AUDIT_VERIFY_ALL_AT", "03:00")  # “never”: only when asked
AUDIT_ALARM_MAIL = env.listing("AUDIT_ALARM_MAIL")

# -- Mail: what presses about payouts, alarms about history, and checkpoints where an anchor is a mailbox. A trial
# without a mail server keeps its mails as files.
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
if DEBUG and not env.text("EMAIL_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "backoffice@localhost")

# -- People: who signs in, and how.
AUTH_USER_MODEL = "backoffice.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "backoffice.accounts.signing_in.PasswordBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
OTP_TOTP_ISSUER = "Back-office"
OTP_TOTP_THROTTLE_FACTOR = 0  # wrong codes are counted with wrong passwords: backoffice.stepup
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "backoffice.admin.login.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# -- Sessions, cookies, headers.
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "backoffice.views.csrf_failed"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
if env.flag("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The theme evaluates small expressions in attributes and writes its colours as an inline style.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, "'unsafe-eval'"],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o640
# -- Uploaded tables: bytes, rows and columns of one file.
UPLOAD_LIMIT = env.number("UPLOAD_LIMIT_MB", 20) * 2**20
UPLOAD_ROWS = env.number("UPLOAD_ROWS", 200_000)
UPLOAD_COLUMNS = 200
# -- Evidence: bytes of one file, by family.
EVIDENCE_LIMITS = {
    "picture": env.number("EVIDENCE_PICTURE_MB", 20) * 2**20,
    "video": env.number("EVIDENCE_VIDEO_MB", 200) * 2**20,
    "document": env.number("EVIDENCE_DOCUMENT_MB", 20) * 2**20,
}

# -- Languages and time.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "backoffice" / "locale", BASE_DIR / "backoffice" / "locale_theme"]
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = ["backoffice.formats"]
TIME_ZONE = env.text("TIME_ZONE", "Asia/Shanghai")
DATABASE_CLOCK = True  # deadlines pass when PostgreSQL says so too: see backoffice.clock

# -- Files.
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = DEBUG
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files", "base_url": None},
    },
    "evidence": {  # read through "default"; written so that no other account of the machine reads it
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": DATA_DIR / "files",
            "base_url": None,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage",
    },
}

# -- History and exports.
SIMPLE_HISTORY_DATE_INDEX = False
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = False  # our own guard covers more: backoffice.bulk.cells

# -- What counts as unusual in history: the limits that its pages show.
UNUSUAL_DAYS = env.number("UNUSUAL_DAYS", 7)  # that the home page looks back
UNUSUAL_NIGHT_FROM = env.number("UNUSUAL_NIGHT_FROM", 22)  # o'clock, of stores without a calendar
UNUSUAL_NIGHT_UNTIL = env.number("UNUSUAL_NIGHT_UNTIL", 7)
UNUSUAL_PAIR_LEAST = env.number("UNUSUAL_PAIR_LEAST", 5)  # batches, or cases, of one maker
UNUSUAL_PAIR_SHARE = env.number("UNUSUAL_PAIR_SHARE", 80)  # per cent by one checker
UNUSUAL_RELEASE_MINUTES = env.number("UNUSUAL_RELEASE_MINUTES", 15)
UNUSUAL_BURST_DECISIONS = env.number("UNUSUAL_BURST_DECISIONS", 20)
UNUSUAL_BURST_MINUTES = env.number("UNUSUAL_BURST_MINUTES", 5)
UNUSUAL_SAME_BUYER = env.number("UNUSUAL_SAME_BUYER", 3)  # refunds by one person
UNUSUAL_NEWCOMER_HOURS = env.number("UNUSUAL_NEWCOMER_HOURS", 24)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {"django": {"handlers": []}},  # the root's handler is enough
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
