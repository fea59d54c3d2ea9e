using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Users;
using Postfleet.Core;
using Postfleet.Core.Users;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Authentication;

/// <summary>
/// The users in a file. A changed valid file replaces the users; an invalid one is logged once and ignored. Thread-safe.
/// </summary>
internal sealed class FileUsers : IUserDirectory, IDisposable
{
    // Versions of all files of this process differ, also after a reload of the configuration.
    private static long _lastVersion;

    private readonly string _path;
    private readonly ILogger _logger;
    private readonly FileWatch _watch;
    private volatile Copy _copy;

    /// <summary>Reads the file.</summary>
    /// <exception cref="StartFailureException">The file cannot be used.</exception>
    public FileUsers(string path, TimeProvider time, ILogger logger)
    {
        (_path, _logger) = (path, logger);
        // Made first: a change while the file is read is noticed.
        _watch = new FileWatch([path], time, Reload);
        try
        {
            _copy = new Copy(UserFile.Read(path), Interlocked.Increment(ref _lastVersion));
        }
        catch (Exception e) when (e is StartFailureException or IOException or UnauthorizedAccessException)
        {
            throw new StartFailureException($"Auth:UserFile {path} cannot be used: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public long Version => _copy.Version;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> SaltKey => _copy.SaltKey;

    /// <summary>Begins to watch the file. Called once.</summary>
    public void Begin() => _watch.Begin();

    /// <inheritdoc/>
    public ValueTask<MailUser?> FindAsync(string name, CancellationToken cancellationToken) => new(_copy.Users.GetValueOrDefault(name));

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();

    private void Reload()
    {
        try
        {
            var users = UserFile.Read(_path);
            _copy = new Copy(users, Interlocked.Increment(ref _lastVersion));
            _logger.UsersRead(users.Count, _path);
        }
        catch (Exception e) when (e is StartFailureException or IOException or UnauthorizedAccessException)
        {
            _logger.UsersRefused(_path, e.Message);
        }
    }

    private sealed record Copy(IReadOnlyDictionary<string, MailUser> Users, long Version)
    {
        /// <summary>From the secrets of all users: nodes with the same file have the same key.</summary>
        public ReadOnlyMemory<byte> SaltKey { get; } = SHA256.HashData(
            Encoding.UTF8.GetBytes(string.Join('\n', Users.Values.OrderBy(user => user.Name, StringComparer.Ordinal)
                .Select(user => $"{user.Name} {user.Scram256?.ToText()}"))));
    }
}
