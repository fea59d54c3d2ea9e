using Xunit;

namespace Postfleet.Authentication.Tests.Dmarc;

/// <summary>Cases from the text of RFC 9989, each with its section.</summary>
internal static class DmarcCases
{
    private const string Reject = "example.com: v=DMARC1; p=reject";
    private const string Reported = "rua=mailto:d@example.com";

    /// <summary>Policy records: tags and their values.</summary>
    public static TheoryData<DmarcCase> Records =>
    [
        new("4.5", "no record", "", "from=example.com spf=example.com", "none none"),
        new("4.5", "the record is at _dmarc", "x.example.com: v=DMARC1; p=reject", "from=example.com", "none none"),
        new("4.7 p", "reject", Reject, "from=example.com", "fail reject example.com/p"),
        new("4.7 p", "quarantine", "example.com: v=DMARC1; p=quarantine", "from=example.com", "fail quarantine example.com/p"),
        new("4.7 p", "none", "example.com: v=DMARC1; p=none", "from=example.com", "fail none example.com/p"),
        new("4.8", "values in any case", "example.com: v=DMARC1; P=REJECT", "from=example.com", "fail reject example.com/p"),
        new("4.8", "space around separators", "example.com: v = DMARC1 ; p = reject ; ", "from=example.com", "fail reject example.com/p"),
        new("4.8", "no space", "example.com: v=DMARC1;p=reject;", "from=example.com", "fail reject example.com/p"),
        new("4.7", "unknown tags are ignored", "example.com: v=DMARC1; x=y; pct=1; p=reject", "from=example.com",
            "fail reject example.com/p"),
        new("4.8", "rubbish between tags is ignored", "example.com: v=DMARC1; ?; =; p=reject", "from=example.com", "fail reject"),
        new("4.7 v", "the version is case-sensitive", "example.com: v=dmarc1; p=reject", "from=example.com", "none none"),
        new("4.7 v", "another version", "example.com: v=DMARC2; p=reject", "from=example.com", "none none"),
        new("4.7 v", "a longer version", "example.com: v=DMARC10; p=reject", "from=example.com", "none none"),
        new("4.7 v", "the version comes first", "example.com: p=reject; v=DMARC1", "from=example.com", "none none"),
        new("4.7 v", "no version", "example.com: p=reject", "from=example.com", "none none"),
        new("4.10", "two records are none", Reject + "\nexample.com: v=DMARC1; p=none", "from=example.com", "none none"),
        new("4.10", "another record beside", Reject + "\nexample.com: v=spf1 -all", "from=example.com", "fail reject example.com/p"),
        new("4.10.1", "no p, with rua: as p=none", $"example.com: v=DMARC1; {Reported}", "from=example.com", "fail none example.com/p"),
        new("4.10.1", "no p, without rua: no DMARC", "example.com: v=DMARC1", "from=example.com spf=example.com", "none none"),
        new("4.10.1", "wrong p, with rua", $"example.com: v=DMARC1; p=rejekt; {Reported}", "from=example.com", "fail none example.com/p"),
        new("4.10.1", "wrong p, without rua", "example.com: v=DMARC1; p=rejekt", "from=example.com", "none none"),
        new("4.10.1", "wrong sp, with rua: p=none", $"example.com: v=DMARC1; p=reject; sp=x; {Reported}", "from=example.com", "fail none"),
        new("4.10.1", "wrong np, without rua: no DMARC", "example.com: v=DMARC1; p=reject; np=", "from=example.com", "none none"),
        new("4.10.1", "wrong p, unusable rua", "example.com: v=DMARC1; p=x; rua=nowhere", "from=example.com", "none none"),
        new("4.10.1", "wrong p, one usable rua", $"example.com: v=DMARC1; p=x; rua=d, mailto:a@b.c!10m", "from=example.com", "fail none"),
        new("4.7 t", "reject becomes quarantine", Reject + "; t=y", "from=example.com", "fail quarantine example.com/p"),
        new("4.7 t", "quarantine becomes none", "example.com: v=DMARC1; p=quarantine; t=y", "from=example.com", "fail none example.com/p"),
        new("4.7 t", "none stays none", "example.com: v=DMARC1; p=none; t=y", "from=example.com", "fail none example.com/p"),
        new("4.7 t", "n and wrong values are no test", Reject + "; t=yes", "from=example.com", "fail reject example.com/p"),
        new("4.7 t", "for sp, too", "example.com: v=DMARC1; p=none; sp=reject; t=y", "from=a.example.com",
            "fail quarantine example.com/sp"),
    ];

    /// <summary>The record that applies, and the tag of the policy.</summary>
    public static TheoryData<DmarcCase> Discovery =>
    [
        new("4.10.1", "the author domain's own record", Reject
            + "\na.example.com: v=DMARC1; p=none", "from=a.example.com", "fail none a.example.com/p"),
        new("4.10.1", "the organizational domain's record", Reject, "from=a.example.com", "fail reject example.com/p org=example.com"),
        new("4.10.1", "sp for subdomains", Reject + "; sp=quarantine", "from=a.b.example.com", "fail quarantine example.com/sp"),
        new("4.7 sp", "not for the domain itself", Reject + "; sp=none", "from=example.com", "fail reject example.com/p"),
        new("4.7 sp", "ignored in a record of a subdomain", "a.example.com: v=DMARC1; p=none; sp=reject\n" + Reject, "from=b.a.example.com",
            "fail reject example.com/p org=example.com"),
        new("4.7 np", "a domain without records", Reject
            + "; sp=none; np=quarantine", "from=no.example.com", "fail quarantine example.com/np"),
        new("4.7 np", "not a domain with records", Reject + "; sp=none; np=quarantine\na.example.com: EXISTS", "from=a.example.com",
            "fail none example.com/sp"),
        new("A.4", "a domain above records exists", Reject + "; np=quarantine\nx.a.example.com: EXISTS", "from=a.example.com",
            "fail reject example.com/p"),
        new("4.7 np", "without np, sp", Reject + "; sp=none", "from=no.example.com", "fail none example.com/sp"),
        new("4.7 np", "not for the domain itself", Reject + "; np=none", "from=example.com", "fail reject example.com/p"),
        new("4.7 np", "with t=y", "example.com: v=DMARC1; p=none; np=reject; t=y", "from=no.example.com", "fail quarantine example.com/np"),
        new("4.10.1", "the public suffix domain's record", "com: v=DMARC1; p=none; psd=y; sp=reject", "from=a.example.com",
            "fail reject com/sp org=example.com"),
        new("4.10.1", "np of a public suffix domain", "com: v=DMARC1; p=none; psd=y; np=reject", "from=no.com",
            "fail reject com/np org=no.com"),
        new("4.10.1", "a public suffix domain's record is not for domains with their own", Reject + "\ncom: v=DMARC1; p=none; psd=y",
            "from=a.example.com", "fail reject example.com/p org=example.com"),
        new("4.10.1", "a record between author and organization does not apply", "b.example.com: v=DMARC1; p=none\n" + Reject,
            "from=a.b.example.com", "fail reject example.com/p org=example.com"),
        new("4.10.1", "psd=n between them does", "b.example.com: v=DMARC1; p=none; psd=n\n" + Reject, "from=a.b.example.com",
            "fail none b.example.com/p org=b.example.com"),
        new("4.10.1", "a public suffix domain as author", "com: v=DMARC1; p=reject; psd=y; sp=none", "from=com", "fail reject com/p"),
        new("4.10.1", "a failing lookup of the author domain", "example.com: FAILS", "from=example.com spf=example.com", "temperror none"),
        new("5.3.6", "a failing lookup of a parent", "example.com: FAILS", "from=a.example.com spf=a.example.com", "temperror none"),
        new("5.3.6", "a failing lookup of existence", Reject + "; np=none\na.example.com: v=DMARC2\nb.a.example.com: FAILS",
            "from=b.a.example.com", "temperror none"),
        new("5.3.1", "no author domain", Reject, "spf=example.com", "permerror none"),
        new("5.3.1", "an address literal", Reject, "from=[192.0.2.1] spf=example.com", "none none"),
        new("5.3.1", "a U-label", "xn--bcher-kva.example: v=DMARC1; p=reject", "from=B\u00fccher.example",
            "fail reject xn--bcher-kva.example/p"),
        new("11.5", "several domains: the strictest policy", Reject
            + "\nexample.org: v=DMARC1; p=quarantine", "from=example.org from=example.com",
            "fail reject example.com/p"),
        new("11.5", "several domains: one passes, one fails", Reject + "\nexample.org: v=DMARC1; p=reject",
            "from=example.org from=example.com spf=example.org", "fail reject"),
        new("11.5", "several domains: both pass", Reject
            + "\na.example.com: v=DMARC1; p=reject", "from=a.example.com from=example.com spf=example.com",
            "pass none"),
        new("11.5", "several domains: one has no record", Reject, "from=example.org from=example.com spf=example.com", "none none"),
        new("11.5", "several domains: one lookup fails", Reject
            + "\nexample.org: FAILS", "from=example.org from=example.com spf=example.com",
            "temperror none"),
        new("11.5", "an unreadable author is no pass", Reject, "from=example.com unreadable=yes spf=example.com", "permerror none"),
        new("11.5", "an unreadable author beside a failing one", Reject, "from=example.com unreadable=yes", "fail reject example.com/p"),
        new("11.5", "more domains than are evaluated are no pass", "a.com: v=DMARC1; p=none",
            "from=a.com from=b.com from=c.com from=d.com from=e.com from=f.com spf=a.com",
            "permerror none"),
    ];

    /// <summary>Alignment of authenticated domains.</summary>
    public static TheoryData<DmarcCase> Alignment =>
    [
        new("4.4", "equal domains", Reject, "from=example.com spf=example.com", "pass none example.com/p spf"),
        new("4.4", "names in any case, with a final dot", Reject, "from=EXAMPLE.com spf=Example.COM.", "pass none example.com/p spf"),
        new("4.4 table 1", "the same organization", Reject, "from=news.example.com spf=foo.example.com",
            "pass none example.com/p org=example.com spf"),
        new("4.4 table 1", "another organization", Reject, "from=news.example.com spf=foo.example.net", "fail reject example.com/p"),
        new("B.1.1", "SPF: a child of the author domain", Reject, "from=example.com spf=child.example.com",
            "pass none example.com/p org=example.com spf"),
        new("B.1.1", "SPF: another domain", Reject, "from=child.example.com spf=example.net", "fail reject"),
        new("B.1.2", "DKIM: a parent of the author domain", Reject, "from=child.example.com dkim=example.com",
            "pass none example.com/p org=example.com dkim"),
        new("B.1.2", "DKIM: another domain", Reject, "from=child.example.com dkim=example.net", "fail reject"),
        new("4.4.2", "SPF without a pass", Reject, "from=example.com spf=!example.com", "fail reject"),
        new("4.4.1", "a signature without a pass", Reject, "from=example.com dkim=!example.com", "fail reject"),
        new("4.4.1", "any of several signatures", Reject, "from=example.com dkim=other.net dkim=!example.com dkim=a.example.com",
            "pass none example.com/p org=example.com dkim"),
        new("5.3.5", "both mechanisms", Reject, "from=example.com spf=example.com dkim=example.com", "pass none example.com/p spf dkim"),
        new("4.7 adkim", "strict, a subdomain", Reject + "; adkim=s", "from=example.com dkim=a.example.com", "fail reject"),
        new("4.7 adkim", "strict, equal", Reject + "; adkim=s", "from=example.com dkim=example.com", "pass none example.com/p dkim"),
        new("4.7 adkim", "not for SPF", Reject
            + "; adkim=s", "from=example.com spf=a.example.com", "pass none example.com/p org=example.com spf"),
        new("4.7 aspf", "strict, a subdomain", Reject + "; aspf=s", "from=example.com spf=a.example.com", "fail reject"),
        new("4.7 aspf", "not for DKIM", Reject
            + "; aspf=s", "from=example.com dkim=a.example.com", "pass none example.com/p org=example.com dkim"),
        new("4.8", "wrong modes are relaxed", Reject + "; aspf=x; adkim=strict", "from=example.com dkim=a.example.com", "pass none"),
        new("4.7 aspf", "strict in the organization's record", Reject
            + "; aspf=s", "from=a.example.com spf=example.com", "fail reject example.com/p"),
        new("5.3.6", "a failing lookup for an identifier is no fail", Reject
            + "\nx.example.com: FAILS", "from=example.com dkim=x.example.com", "temperror none"),
        new("4.4.1", "a failing lookup beside an aligned domain", Reject
            + "\nx.example.com: FAILS", "from=example.com dkim=x.example.com dkim=example.com",
            "pass none example.com/p dkim"),
        new("B.4.1", "simple", Reject
            + "\nsigning.example.com: v=DMARC1; p=none", "from=example.com spf=example.com dkim=signing.example.com",
            "pass none example.com/p org=example.com spf dkim"),
        new("B.4.2", "deep", Reject + "\nsigning.example.com: v=DMARC1; p=none",
            "from=a.b.c.d.e.f.g.h.i.j.k.example.com spf=example.com dkim=signing.example.com",
            "pass none example.com/p org=example.com spf dkim"),
        new("B.4.3", "public suffix: aligned SPF", Bank, "from=giant.bank.example spf=mail.giant.bank.example",
            "pass none giant.bank.example/p org=giant.bank.example spf"),
        new("B.4.3", "public suffix: DKIM of another customer", Bank, "from=giant.bank.example dkim=mail.mega.bank.example",
            "fail reject giant.bank.example/p org=giant.bank.example"),
        new("4.10.2", "psd=n below: another organization", Reject + "\na.example.com: v=DMARC1; p=none; psd=n",
            "from=a.example.com spf=example.com", "fail none a.example.com/p org=a.example.com"),
        new("4.10.2", "psd=y of the start is its own organization", "com: v=DMARC1; p=reject; psd=y", "from=com spf=a.com",
            "fail reject com/p"),
        new("4.10.2", "no record anywhere for the identifier", Reject, "from=example.com spf=a.b.c.com",
            "fail reject example.com/p org=example.com"),
    ];

    private const string Bank = "bank.example: v=DMARC1; p=reject; psd=y\ngiant.bank.example: v=DMARC1; p=reject";
}
