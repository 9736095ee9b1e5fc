"""The archive out again, in forms that outlive this program. Reads only."""
