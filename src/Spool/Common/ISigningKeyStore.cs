namespace Postfleet.Spool.Common;

/// <summary>The rows of the keys that sign mail, by domain and selector. Thread-safe.</summary>
public interface ISigningKeyStore : INamedRows;
