namespace Postfleet.Spool.Common;

/// <summary>
/// The rows of the users who send with a password. Their salt is the key for the salts that unknown users appear with. Thread-safe.
/// </summary>
public interface IUserStore : INamedRows;
