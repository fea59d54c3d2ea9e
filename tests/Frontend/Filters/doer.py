"""A milter of the tests: does what the message and the envelope tell it. usage: doer.py SOCKET"""
import hashlib
import sys

import Milter

VERDICTS = {"accept": Milter.ACCEPT, "discard": Milter.DISCARD, "refuse": Milter.REJECT, "defer": Milter.TEMPFAIL}


class Doer(Milter.Base):
    def __init__(self):
        self.seen = []
        self.orders = []
        self.names = []
        self.macros = {}
        self.hash = None

    def note(self, *names):
        for name in names:
            value = self.getsymval(name)
            if value is not None:
                self.macros[name.strip("{}")] = value

    def verdict(self, word):
        if word.startswith("reply"):
            self.setreply("550" if word == "reply" else "450", "5.7.9" if word == "reply" else "4.7.9", "first 100%% of it", "second")
            return Milter.REJECT if word == "reply" else Milter.TEMPFAIL
        return VERDICTS.get(word, Milter.CONTINUE)

    def connect(self, name, family, address):
        self.seen.append("connect %s %s" % (name, address[0] if address else ""))
        self.note("j", "{daemon_name}", "{daemon_addr}", "v")
        return Milter.CONTINUE

    def hello(self, name):
        self.seen.append("helo " + name)
        self.note("{tls_version}", "{cipher}", "{cipher_bits}")
        return self.verdict(name.split(".")[0])

    def envfrom(self, sender, *parameters):
        self.orders, self.names, self.hash = [], [], hashlib.sha256()
        self.seen.append(" ".join(("mail", sender) + parameters))
        self.note("{mail_addr}", "{mail_host}", "{auth_type}", "{auth_authen}")
        return self.verdict(sender.strip("<>").split("@")[0])

    def envrcpt(self, recipient, *parameters):
        self.seen.append(" ".join(("rcpt", recipient) + parameters))
        self.note("{rcpt_addr}", "{rcpt_host}")
        return self.verdict(recipient.strip("<>").split("@")[0])

    def data(self):
        self.note("i")
        return Milter.CONTINUE

    def unknown(self, line):
        self.seen.append("unknown " + line)
        return self.verdict(line.strip().lower())

    def header(self, name, value):
        self.names.append(name)
        if name.lower() == "x-do":
            self.orders.append(value.split("|"))
            return self.verdict(value[7:]) if value.startswith("header ") else Milter.CONTINUE
        return Milter.CONTINUE

    def eoh(self):
        return Milter.CONTINUE

    def body(self, piece):
        self.hash.update(piece)
        return Milter.CONTINUE

    def eom(self):
        end = Milter.CONTINUE
        for order in self.orders:
            kind, values = order[0], order[1:]
            if kind == "add": self.addheader(values[0], values[1])
            elif kind == "insert": self.addheader(values[1], values[2], int(values[0]))
            elif kind == "change": self.chgheader(values[1], int(values[0]), values[2].replace("\\n", "\n"))
            elif kind == "body": self.replacebody(values[0].replace("\\n", "\n"))
            elif kind == "large": self.replacebody("0123456789abcdef" * (int(values[0]) // 16))
            elif kind == "addrcpt": self.addrcpt(values[0])
            elif kind == "addrcptpar": self.addrcpt(values[0], values[1])
            elif kind == "delrcpt": self.delrcpt(values[0])
            elif kind == "from": self.chgfrom(values[0])
            elif kind == "quarantine": self.quarantine(values[0])
            elif kind == "progress": self.progress()
            elif kind == "macros": self.addheader("X-Macros", " ".join("%s=%s" % pair for pair in sorted(self.macros.items())))
            elif kind == "seen": self.addheader("X-Seen", "; ".join(self.seen))
            elif kind == "names": self.addheader("X-Names", " ".join(self.names))
            elif kind == "hash": self.addheader("X-Hash", self.hash.hexdigest())
            else: end = self.verdict(kind)
        return end


Milter.factory = Doer
Milter.set_flags(
    Milter.CHGBODY + Milter.CHGHDRS + Milter.ADDHDRS + Milter.ADDRCPT + Milter.ADDRCPT_PAR + Milter.DELRCPT + Milter.CHGFROM
    + Milter.QUARANTINE)
print("ready", flush=True)
Milter.runmilter("doer", sys.argv[1], 60)
