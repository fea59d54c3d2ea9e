namespace Postfleet.Tools;

/// <summary>What to send.</summary>
internal sealed record LoadPlan
{
    public required int Port { get; init; }

    public required int Messages { get; init; }

    public required int Sessions { get; init; }

    /// <summary>Octets of a body.</summary>
    public required int Octets { get; init; }

    /// <summary>Recipients of a message, each in a domain of its own while there are enough.</summary>
    public required int Recipients { get; init; }

    public required int Domains { get; init; }

    /// <summary>Number of the first domain.</summary>
    public required int First { get; init; }

    /// <summary>Whether each message has a connection of its own.</summary>
    public required bool Reconnects { get; init; }

    public static LoadPlan Read(Arguments arguments) => new()
    {
        Port = arguments.Required("port"),
        Messages = arguments.Required("messages"),
        Sessions = arguments.Number("sessions", 50),
        Octets = arguments.Number("octets", 4096),
        Recipients = arguments.Number("recipients", 1),
        Domains = arguments.Number("domains", 1),
        First = arguments.Number("first", 0),
        Reconnects = arguments.Number("reconnect", 0) > 0,
    };
}
