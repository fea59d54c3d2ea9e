using System.Runtime.Serialization;

namespace Postfleet.Contracts.Serialization;

/// <summary>
/// A value which a newer version may have written. It is refused, also in a journal: an entity would lose the content of an ignored row.
/// </summary>
/// <param name="message">Names the value.</param>
public sealed class NewerFormatException(string message) : SerializationException(message);
