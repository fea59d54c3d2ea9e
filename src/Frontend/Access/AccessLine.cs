using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Postfleet.Configuration;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Access;

/// <summary>A line of an access list: <c>deny client 192.0.2.0/24 Text of the refusal</c>.</summary>
/// <param name="Subject">What the entry is about.</param>
/// <param name="Value">The value, normalised.</param>
/// <param name="Network">The network of an entry about the client's address.</param>
/// <param name="Verdict">Acceptance, or the refusal.</param>
internal readonly record struct AccessLine(AccessSubject Subject, string Value, IPNetwork Network, Verdict Verdict)
{
    /// <summary>The most characters of a line.</summary>
    public const int MaxLength = 1000;

    /// <summary>The value of an entry for the null reverse-path.</summary>
    public const string NullSender = "<>";

    /// <summary>The most characters of the text of a refusal.</summary>
    public const int MaxText = 200;

    private const int MaxShown = 60;

    private static readonly SearchValues<char> Printable =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c)]);

    private static readonly SearchValues<char> Name = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.:[]*");

    private static readonly Verdict Denied = Verdict.Refuse("550 5.7.1 Access denied");

    /// <summary>Whether a line has no entry: it is empty or a comment.</summary>
    public static bool IsEmpty(string line) => line.AsSpan().TrimStart() is [] or ['#', ..];

    /// <summary>Reads a line with an entry.</summary>
    /// <param name="line">The line.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="fault">What is wrong, and what is allowed.</param>
    public static bool TryParse(string line, out AccessLine entry, [NotNullWhen(false)] out string? fault)
    {
        entry = default;
        if (line.Length > MaxLength) return Fail($"the line has more than {MaxLength} characters", out fault);
        var words = line.Split([' ', '\t'], 4, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var text = words.Length > 3 ? words[3] : "";
        if (words[0] is not ("allow" or "deny")) return Fail($"{Shown(words[0])} is no action; allowed: allow, deny", out fault);
        if (words.Length < 2 || SubjectOf(words[1]) is not { } subject)
        {
            return Fail(
                $"{Shown(words.Length < 2 ? "" : words[1])} is no subject; allowed: client, name, helo, sender, recipient", out fault);
        }

        if (words.Length < 3 || Normalize(subject, words[2], out var network) is not { } value)
            return Fail($"{Shown(words.Length < 3 ? "" : words[2])} is no value of {words[1]}; allowed: {Allowed(subject)}", out fault);
        if (words[0] == "allow" && text.Length > 0)
            return Fail($"{Shown(text)} stands behind an allow entry; allowed: a text behind deny entries", out fault);
        if (text.Length > MaxText || text.AsSpan().ContainsAnyExcept(Printable))
            return Fail($"the text {Shown(text)} cannot be sent; allowed: {MaxText} characters of printable ASCII", out fault);
        var refusal = text.Length == 0 ? Denied : Verdict.Refuse($"550 5.7.1 {text}");
        entry = new AccessLine(subject, value, network, words[0] == "allow" ? Verdict.Accept : refusal);
        fault = null;
        return true;
    }

    private static bool Fail(string fault, out string? shown)
    {
        shown = fault;
        return false;
    }

    private static AccessSubject? SubjectOf(string word) => word switch
    {
        "client" => AccessSubject.Client,
        "name" => AccessSubject.Name,
        "helo" => AccessSubject.Helo,
        "sender" => AccessSubject.Sender,
        "recipient" => AccessSubject.Recipient,
        _ => null,
    };

    private static string Allowed(AccessSubject subject) => subject switch
    {
        AccessSubject.Client => "an address, or a network in CIDR form without host bits",
        AccessSubject.Name or AccessSubject.Helo => "a name, *.suffix, or a pattern in which * stands for any text",
        AccessSubject.Sender => "an address, local@, a domain, *.suffix, *, or <> for the null sender",
        _ => "an address, local@, a domain, *.suffix or *",
    };

    private static string? Normalize(AccessSubject subject, string text, out IPNetwork network)
    {
        network = default;
        switch (subject)
        {
            case AccessSubject.Client:
                if (text.Contains('%', StringComparison.Ordinal)) return null;
                if (TextForms.Address(text) is { IsIPv4MappedToIPv6: false } single)
                    text = $"{single}/{(single.GetAddressBytes().Length == 4 ? 32 : 128)}";
                if (TextForms.Network(text) is not { } form) return null;
                network = IPNetwork.Parse(form);
                return form;
            case AccessSubject.Name or AccessSubject.Helo:
                var name = text.ToLowerInvariant();
                return name.Length <= DomainName.MaxLength && !name.AsSpan().ContainsAnyExcept(Name) ? name : null;
            default:
                return Path(subject, text);
        }
    }

    // An address, a local part, a domain or a suffix.
    private static string? Path(AccessSubject subject, string text)
    {
        if (text == NullSender) return subject == AccessSubject.Sender ? text : null;
        if (text is [.., '@']) return Mailbox.TryParse($"{text}a.test", out var local) ? $"{local.LocalPart}@" : null;
        return text.Contains('@', StringComparison.Ordinal) ? TextForms.Mailbox(text) : TextForms.DomainPattern(text);
    }

    private static string Shown(string text)
    {
        var shown = new StringBuilder("'");
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, MaxShown))) shown.Append(char.IsControl(c) ? '?' : c);
        return shown.Append(text.Length > MaxShown ? "...'" : "'").ToString();
    }
}
