using System.Diagnostics.CodeAnalysis;
using System.Text;
using ADRaffy.ENSNormalize;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Users;

namespace Postfleet.Core.Suppression;

/// <summary>
/// The name of an entry on the suppression list: the address or domain that gets no mail, and whose mail it does not get. Both are
/// normalised, so that all ways of writing an address have one key: in lower case, also in the local part, since mailbox hosts regard no
/// case; without quotes that it does not need; the domain in A-labels, a local part beyond ASCII in the form NFC (RFC 6532 section 3.1).
/// </summary>
/// <param name="Target">An address or a domain.</param>
/// <param name="Scope">
/// Empty for all mail, <c>stream:NAME</c> for the mail of a stream, <c>user:NAME</c> for the mail of a user.
/// </param>
public readonly record struct SuppressionKey(string Target, string Scope) : IComparable<SuppressionKey>
{
    /// <summary>The scope of all mail.</summary>
    public const string AllMail = "";

    /// <summary>The allowed texts of a target, for messages.</summary>
    public const string TargetForm = "a mail address or a domain";

    /// <summary>The allowed texts of a scope, for messages.</summary>
    public const string ScopeForm = "all, stream:NAME or user:NAME";

    private const string StreamPrefix = "stream:";
    private const string UserPrefix = "user:";
    private const string All = "all";

    /// <summary>The scope as the API and the command line show it.</summary>
    public string ScopeText => Scope.Length == 0 ? All : Scope;

    /// <summary>Reads a target, and normalises it.</summary>
    public static bool TryParseTarget(string? text, [NotNullWhen(true)] out string? target)
    {
        target = null;
        if (string.IsNullOrEmpty(text)) return false;
        if (Mailbox.TryParse(text, out var mailbox)) target = TargetOf(mailbox);
        else if (!text.Contains('@', StringComparison.Ordinal) && DomainName.TryParse(text, out var domain)) target = domain.Value;
        return target is not null;
    }

    /// <summary>Reads a scope, and normalises it.</summary>
    public static bool TryParseScope(string? text, [NotNullWhen(true)] out string? scope)
    {
        scope = null;
        if (text is null) return false;
        if (text is AllMail or All) scope = AllMail;
        else if (text.StartsWith(StreamPrefix, StringComparison.Ordinal) && QueueKey.IsStream(text[StreamPrefix.Length..]))
            scope = text;
        else if (text.StartsWith(UserPrefix, StringComparison.Ordinal) && UserName.TryNormalize(text[UserPrefix.Length..], out var user))
            scope = OfUser(user);
        return scope is not null;
    }

    /// <summary>The target of an address.</summary>
    public static string TargetOf(Mailbox mailbox)
    {
        foreach (var c in mailbox.LocalPart)
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('.' or '-' or '+' or '_' or '='))
                return $"{Normalize(mailbox.LocalPart)}@{mailbox.Domain.Value}";
        return mailbox.Address;
    }

    private static string Normalize(string localPart)
    {
        // string.Normalize does nothing under InvariantGlobalization.
        var local = localPart.ToLowerInvariant();
        if (!Ascii.IsValid(local)) local = ENSNormalize.NF.NFC(local);
        return local[0] == '"' ? LocalPartGrammar.Shortest(local) : local;
    }

    /// <summary>The scope of a stream.</summary>
    public static string OfStream(string stream) => StreamPrefix + stream;

    /// <summary>The scope of a user; of all mail where the mail has no user.</summary>
    public static string OfUser(string user) => user.Length == 0 ? AllMail : UserPrefix + user;

    /// <summary>The order of the list: by target, then by scope, as octets.</summary>
    public int CompareTo(SuppressionKey other) => string.CompareOrdinal(Target, other.Target) is var order && order != 0
        ? order : string.CompareOrdinal(Scope, other.Scope);

    /// <summary>Whether one key precedes another.</summary>
    public static bool operator <(SuppressionKey left, SuppressionKey right) => left.CompareTo(right) < 0;

    /// <summary>Whether one key precedes another or is the same.</summary>
    public static bool operator <=(SuppressionKey left, SuppressionKey right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one key follows another.</summary>
    public static bool operator >(SuppressionKey left, SuppressionKey right) => left.CompareTo(right) > 0;

    /// <summary>Whether one key follows another or is the same.</summary>
    public static bool operator >=(SuppressionKey left, SuppressionKey right) => left.CompareTo(right) >= 0;
}
