using System.Collections.Frozen;

namespace Postfleet.Core.Classification;

/// <summary>
/// Mailbox providers and mail filters by the names of their mail hosts, for the property <c>provider</c> of rules. Pure.
/// </summary>
public static class MailProviders
{
    // From the MX records that each publishes for its own or its customers' domains.
    private static readonly FrozenDictionary<string, string[]> Suffixes = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["google"] = [".google.com", ".googlemail.com"],
        ["outlook"] = [".olc.protection.outlook.com"],
        ["microsoft365"] = [".mail.protection.outlook.com", ".mx.microsoft"],
        ["yahoo"] = [".yahoodns.net"],
        ["apple"] = [".icloud.com", ".mail.icloud.com"],
        ["comcast"] = [".comcast.net", ".email.comcast.net"],
        ["orange"] = [".orange.fr", ".wanadoo.fr"],
        ["free"] = [".free.fr"],
        ["sfr"] = [".sfr.fr"],
        ["laposte"] = [".laposte.net"],
        ["gmx"] = [".gmx.net", ".gmx.com", ".gmx.de"],
        ["webde"] = [".web.de"],
        ["ionos"] = [".kundenserver.de", ".ionos.com", ".ionos.de", ".1and1.com"],
        ["tonline"] = [".t-online.de"],
        ["cox"] = [".cox.net"],
        ["spectrum"] = [".charter.net", ".rr.com", ".spectrum.net"],
        ["centurylink"] = [".centurylink.net", ".synacor.com"],
        ["earthlink"] = [".earthlink.net", ".vadesecure.com"],
        ["qq"] = [".qq.com"],
        ["netease"] = [".163.com", ".126.com", ".netease.com", ".qiye.163.com"],
        ["mailru"] = [".mail.ru"],
        ["yandex"] = [".yandex.ru", ".yandex.net"],
        ["naver"] = [".naver.com"],
        ["libero"] = [".libero.it"],
        ["virgilio"] = [".virgilio.it"],
        ["seznam"] = [".seznam.cz"],
        ["wp"] = [".wp.pl"],
        ["ziggo"] = [".ziggo.nl"],
        ["kpn"] = [".kpnmail.nl"],
        ["telenet"] = [".telenet-ops.be", ".telenet.be"],
        ["bt"] = [".btinternet.com", ".bt.com"],
        ["zoho"] = [".zoho.com", ".zoho.eu"],
        ["fastmail"] = [".messagingengine.com"],
        ["mimecast"] = [".mimecast.com", ".mimecast.co.za"],
        ["proofpoint"] = [".pphosted.com", ".ppe-hosted.com"],
        ["barracuda"] = [".barracudanetworks.com"],
        ["symantec"] = [".messagelabs.com"],
        ["ironport"] = [".iphmx.com"],
        ["sophos"] = [".sophos.com", ".reflexion.net"],
        ["trendmicro"] = [".trendmicro.com", ".trendmicro.eu"],
        ["forcepoint"] = [".mailcontrol.com"],
        ["hornet"] = [".hornetsecurity.com", ".antispameurope.com"],
        ["rackspace"] = [".emailsrvr.com"],
        ["godaddy"] = [".secureserver.net"],
        ["ovh"] = [".ovh.net"],
        ["cloudflare"] = [".mx.cloudflare.net"],
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The names in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Suffixes.Keys.Order(StringComparer.Ordinal)];

    /// <summary>The suffixes of the host names of a provider, each with a dot in front; null for an unknown name.</summary>
    public static IReadOnlyList<string>? Find(string name) => Suffixes.GetValueOrDefault(name);

    /// <summary>The name of a host in the text that is logged of it, <c>mx.example.org[192.0.2.1]:25</c>.</summary>
    public static ReadOnlySpan<char> NameOf(ReadOnlySpan<char> remoteHost)
    {
        var end = remoteHost.IndexOf('[');
        return end > 0 ? remoteHost[..end] : remoteHost;
    }

    /// <summary>
    /// Whether the name of a host ends with a suffix that begins with a dot, or is the suffix without its dot; or is a name without a dot
    /// in front. Letters in any case.
    /// </summary>
    public static bool Matches(ReadOnlySpan<char> host, string pattern) =>
        pattern.StartsWith('.')
            ? host.EndsWith(pattern, StringComparison.OrdinalIgnoreCase)
                || host.Equals(pattern.AsSpan(1), StringComparison.OrdinalIgnoreCase)
            : host.Equals(pattern, StringComparison.OrdinalIgnoreCase);
}
