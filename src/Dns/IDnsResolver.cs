namespace Postfleet.Dns;

/// <summary>
/// The lookups of mail routing. It has a cache and a limit of concurrent queries of its own, so that strangers who make the checks of
/// inbound mail look up slow names do not delay delivery. Thread-safe.
/// </summary>
public interface IDnsResolver : IDnsLookup
{
    /// <summary>The mail exchangers of a domain with their preferences, by preference and then by name.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<DnsAnswer<MailExchanger>> PreferencesAsync(string name, CancellationToken cancellation);
}

/// <summary>An MX record.</summary>
/// <param name="Preference">The preference; the lowest is tried first.</param>
/// <param name="Host">The host in lower case without the trailing dot; empty for a null MX (RFC 7505).</param>
public readonly record struct MailExchanger(int Preference, string Host);
