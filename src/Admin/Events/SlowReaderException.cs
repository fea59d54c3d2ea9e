namespace Postfleet.Admin.Events;

/// <summary>A client does not read its stream.</summary>
internal sealed class SlowReaderException() : Exception("the client does not read");
