using Akka.Actor.Setup;

namespace Postfleet.Contracts.Serialization;

/// <summary>
/// The formats of the modules, for the serializer of an actor system. Without it the serializer knows only the messages of
/// <c>Contracts</c>.
/// </summary>
/// <param name="formats">The formats of all modules of the node.</param>
public sealed class FormatSetup(IEnumerable<Codec> formats) : Setup
{
    /// <summary>The formats of all modules of the node.</summary>
    public IReadOnlyList<Codec> Formats { get; } = [.. formats];
}
