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
/// The users in a file. A timer looks at the file every 300 ms, and a changed valid file replaces the users; an invalid one is logged
/// once and ignored. Thread-safe.
/// </summary>
internal sealed class FileUsers : IUserDirectory, IDisposable
{
    // A changed file is read at the second look without another change, within a second.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(300);

    // Versions of all files of this process differ, also after a reload of the configuration.
    private static long _lastVersion;

    private readonly string _path;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private volatile Copy _copy;
    private (DateTime, long) _seen;
    private (DateTime, long) _before;
    private ITimer? _timer;

    /// <summary>Reads the file.</summary>
    /// <exception cref="StartFailureException">The file cannot be used.</exception>
    public FileUsers(string path, TimeProvider time, ILogger logger)
    {
        (_path, _time, _logger) = (path, time, logger);
        try
        {
            _seen = Stat();
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
    public void Begin() => _timer = _time.CreateTimer(_ => Reload(), null, Interval, Interval);

    /// <inheritdoc/>
    public ValueTask<MailUser?> FindAsync(string name, CancellationToken cancellationToken) => new(_copy.Users.GetValueOrDefault(name));

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    // Timer calls overlap if a call takes longer than the interval; the later call then does nothing.
    private void Reload()
    {
        if (!_lock.TryEnter()) return;
        try
        {
            // A program may be in the middle of writing the file.
            var (now, before) = (Stat(), _before);
            _before = now;
            if (now == _seen || now != before) return;
            _seen = now;
            var users = UserFile.Read(_path);
            _copy = new Copy(users, Interlocked.Increment(ref _lastVersion));
            _logger.UsersRead(users.Count, _path);
        }
        catch (Exception e) when (e is StartFailureException or IOException or UnauthorizedAccessException)
        {
            _logger.UsersRefused(_path, e.Message);
        }
        finally
        {
            _lock.Exit();
        }
    }

    private (DateTime, long) Stat()
    {
        // A mounted secret changes by a symbolic link.
        var file = new FileInfo(_path);
        if (!file.Exists) return default;
        var target = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return target.Exists ? (target.LastWriteTimeUtc, target.Length) : default;
    }

    private sealed record Copy(IReadOnlyDictionary<string, MailUser> Users, long Version)
    {
        /// <summary>From the secrets of all users: nodes with the same file have the same key.</summary>
        public ReadOnlyMemory<byte> SaltKey { get; } = SHA256.HashData(
            Encoding.UTF8.GetBytes(string.Join('\n', Users.Values.OrderBy(user => user.Name, StringComparer.Ordinal)
                .Select(user => $"{user.Name} {user.Scram256?.ToText()}"))));
    }
}
