using System.Runtime.Serialization;

namespace Postfleet.Contracts.Serialization;

/// <summary>
/// A value that a newer version may have written. It is refused, also in a journal: an entity that ignored the row would lose what the row
/// holds.
/// </summary>
/// <param name="message">Names the value.</param>
public sealed class NewerFormatException(string message) : SerializationException(message);
