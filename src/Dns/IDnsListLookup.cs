namespace Postfleet.Dns;

/// <summary>
/// The lookups of DNS lists. They have caches and limits of their own: senders whose keys and policies lie on silent servers fill the
/// resolver of the other checks, and lists must answer all the same. Thread-safe.
/// </summary>
public interface IDnsListLookup : IDnsLookup;
