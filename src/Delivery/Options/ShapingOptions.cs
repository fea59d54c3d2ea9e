namespace Postfleet.Delivery.Options;

/// <summary>
/// The limits that an entry of <c>Providers</c> or <c>Destinations</c> may set, as they stand in the configuration: each text has the
/// canonical form of its key, is empty where the entry does not set the limit, and is <see cref="Unset"/> where the entry takes back what
/// the entries before it have set.
/// </summary>
public abstract record ShapingOptions
{
    /// <summary>The text that takes back what earlier entries have set.</summary>
    public const string Unset = "null";

    /// <summary>The most connections at a time.</summary>
    public string MaxConnections { get; init; } = "";

    /// <summary>The most connections opened in a time.</summary>
    public string MaxConnectionRate { get; init; } = "";

    /// <summary>The messages after which a connection is closed.</summary>
    public string MaxMessagesPerConnection { get; init; } = "";

    /// <summary>The most recipients of a transaction.</summary>
    public string MaxRecipientsPerTransaction { get; init; } = "";

    /// <summary>The most messages in a time; rates with commas between.</summary>
    public string MaxRate { get; init; } = "";

    /// <summary>The largest message.</summary>
    public string MaxSize { get; init; } = "";

    /// <summary>The hours of the day in which mail is sent.</summary>
    public string Hours { get; init; } = "";

    /// <summary>The demand on TLS.</summary>
    public string Tls { get; init; } = "";

    /// <summary>The time after which an idle connection is closed.</summary>
    public string IdleConnection { get; init; } = "";

    /// <summary>The time for the TCP connection.</summary>
    public string ConnectTimeout { get; init; } = "";

    /// <summary>The time for the greeting.</summary>
    public string GreetingTimeout { get; init; } = "";

    /// <summary>The time for the replies to EHLO, MAIL and RCPT.</summary>
    public string CommandTimeout { get; init; } = "";

    /// <summary>The time for the reply to DATA.</summary>
    public string DataStartTimeout { get; init; } = "";

    /// <summary>The time for each block of content.</summary>
    public string DataBlockTimeout { get; init; } = "";

    /// <summary>The time for the reply to the final dot.</summary>
    public string DataEndTimeout { get; init; } = "";

    /// <summary>The limits that the entry sets or takes back, by the name of the key.</summary>
    internal IReadOnlyList<(string Key, string Text)> Given() =>
    [
        .. new[]
        {
            (nameof(MaxConnections), MaxConnections), (nameof(MaxConnectionRate), MaxConnectionRate),
            (nameof(MaxMessagesPerConnection), MaxMessagesPerConnection),
            (nameof(MaxRecipientsPerTransaction), MaxRecipientsPerTransaction), (nameof(MaxRate), MaxRate), (nameof(MaxSize), MaxSize),
            (nameof(Hours), Hours), (nameof(Tls), Tls), (nameof(IdleConnection), IdleConnection), (nameof(ConnectTimeout), ConnectTimeout),
            (nameof(GreetingTimeout), GreetingTimeout), (nameof(CommandTimeout), CommandTimeout),
            (nameof(DataStartTimeout), DataStartTimeout), (nameof(DataBlockTimeout), DataBlockTimeout),
            (nameof(DataEndTimeout), DataEndTimeout),
        }.Where(value => value.Item2.Length > 0),
    ];
}

/// <summary>One entry of section <c>Providers</c>: limits of the sites whose mail hosts all have certain names.</summary>
public sealed record ProviderOptions : ShapingOptions
{
    /// <summary>The name of the provider.</summary>
    public string Name { get; init; } = "";

    /// <summary>The names of its mail hosts, with commas between; a name that begins with a dot stands for all names below it.</summary>
    public string Mx { get; init; } = "";
}

/// <summary>
/// One entry of section <c>Destinations</c>: limits of the sites, domains or sources to which all conditions of the entry apply.
/// </summary>
public sealed record DestinationOptions : ShapingOptions
{
    /// <summary>The names of the mail hosts of a site, as <see cref="ProviderOptions.Mx"/>; empty for any.</summary>
    public string Mx { get; init; } = "";

    /// <summary>The domains of recipients; empty for any.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The source: an address, an EHLO name or another part of the source in the id of a destination; empty for any.</summary>
    public string Source { get; init; } = "";
}
